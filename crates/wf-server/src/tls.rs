//! TLS by default: a certificate is made on the first start and kept in the data directory.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What keeps TLS from starting.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Files cannot be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The certificate or key is not usable.
    #[error("{path} is not a usable certificate or key: {why}")]
    Unusable {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

/// The TLS configuration from `tls-cert.pem` and `tls-key.pem` in `dir`, made there if both are missing.
pub fn configure(dir: &Path, listen: IpAddr) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let (cert_path, key_path) = (dir.join("tls-cert.pem"), dir.join("tls-key.pem"));
    match (cert_path.exists(), key_path.exists()) {
        (false, false) => make(&cert_path, &key_path, listen)?,
        // The first start was cut off between the two.
        (false, true) if fresh(&cert_path).exists() => put_in_place(&cert_path)?,
        _ => {}
    }
    let unusable = |path: &Path, why: String| TlsError::Unusable { path: path.display().to_string(), why };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&cert_path).map_err(|e| unusable(&cert_path, e.to_string()))?.collect();
    let chain = chain.map_err(|e| unusable(&cert_path, e.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|e| unusable(&key_path, e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|e| unusable(&cert_path, e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn make(cert_path: &Path, key_path: &Path, listen: IpAddr) -> Result<(), TlsError> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listen.is_unspecified() && !listen.is_loopback() {
        names.push(listen.to_string());
    }
    let made = rcgen::generate_simple_self_signed(names)?;
    write(&fresh(key_path), &made.signing_key.serialize_pem(), 0o600)?;
    write(&fresh(cert_path), &made.cert.pem(), 0o644)?;
    put_in_place(key_path)?;
    put_in_place(cert_path)
}

/// Where a file is written before it is there whole.
fn fresh(path: &Path) -> PathBuf {
    path.with_extension("pem.new")
}

fn put_in_place(path: &Path) -> Result<(), TlsError> {
    std::fs::rename(fresh(path), path).map_err(|source| TlsError::File { path: path.display().to_string(), source })
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = |source| TlsError::File { path: path.display().to_string(), source };
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path).map_err(file)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_start_that_was_cut_off_is_made_good() {
        let folder = tempfile::tempdir().unwrap();
        let local = IpAddr::from([127, 0, 0, 1]);
        let at = |name: &str| folder.path().join(name);
        configure(folder.path(), local).unwrap();
        let key = std::fs::read(at("tls-key.pem")).unwrap();
        // Killed behind the first of the two files.
        std::fs::rename(at("tls-cert.pem"), at("tls-cert.pem.new")).unwrap();
        configure(folder.path(), local).unwrap();
        assert_eq!(std::fs::read(at("tls-key.pem")).unwrap(), key);
        // Killed before both.
        for name in ["tls-cert.pem", "tls-key.pem"] {
            std::fs::rename(at(name), at(&format!("{name}.new"))).unwrap();
        }
        configure(folder.path(), local).unwrap();
        // A key of somebody's own is never written over.
        std::fs::remove_file(at("tls-cert.pem")).unwrap();
        let _ = std::fs::remove_file(at("tls-cert.pem.new"));
        assert!(matches!(configure(folder.path(), local), Err(TlsError::Unusable { .. })));
    }
}
