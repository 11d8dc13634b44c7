//! Tokens of GSS-API negotiation (RFC 4178): which mechanism, and what Kerberos shows of a logon (RFC 4120, RFC 4121).

use crate::hints;
use crate::kerberos::Message;
use crate::ntlmssp::Ntlm;

/// Kerberos 5 within a GSS-API token, followed by the token identifier of an AP-REQ (RFC 4121, 4.1).
const AP_REQUEST: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00];
/// What a token carries.
pub(crate) enum Token<'a> {
    /// An NTLM message.
    Ntlm(Ntlm<'a>),
    /// A Kerberos ticket is presented; the client's own name in it is encrypted.
    Kerberos(Ticket),
    /// Something else, or nothing.
    Other,
}

/// What can be read of a ticket (RFC 4120, 5.3).
pub(crate) struct Ticket {
    /// `EXAMPLE.COM`.
    pub realm: String,
    /// `cifs/server.example.com`.
    pub service: String,
    /// Its encryption type.
    pub encryption: i64,
}

/// Looks into a token.
pub(crate) fn read(token: &[u8]) -> Token<'_> {
    if let Some(said) = Ntlm::find(token) {
        return Token::Ntlm(said);
    }
    let found = token.windows(AP_REQUEST.len()).position(|window| window == AP_REQUEST);
    match found.and_then(|at| token.get(at + AP_REQUEST.len()..)).and_then(Ticket::of_request) {
        Some(ticket) => Token::Kerberos(ticket),
        None => Token::Other,
    }
}

impl Ticket {
    /// The ticket of an AP-REQ.
    fn of_request(request: &[u8]) -> Option<Self> {
        let ticket = Message::read(request)?.ticket?;
        let (realm, service) = (hints::clean(ticket.realm).into_owned(), ticket.service.to_string());
        Some(Self { realm, service, encryption: ticket.encryption })
    }

    /// The host that the service's name names: `server.example.com` of `cifs/server.example.com`.
    pub fn host(&self) -> Option<&str> {
        let host = self.service.split('/').nth(1)?;
        (!host.is_empty() && host.parse::<std::net::IpAddr>().is_err()).then_some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_names_realm_and_service() {
        let text = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
        let realm = text(0xa1, &text(0x1b, b"EXAMPLE.COM"));
        let parts = [text(0x1b, b"cifs"), text(0x1b, b"files.example.com")].concat();
        let name = text(0x30, &[text(0xa0, &[2, 1, 2]), text(0xa1, &text(0x30, &parts))].concat());
        let sealed = text(0xa3, &text(0x30, &[text(0xa0, &[2, 1, 18]), text(0xa2, &[4, 1, 0])].concat()));
        let ticket = text(0x61, &text(0x30, &[text(0xa0, &[2, 1, 5]), realm, text(0xa2, &name), sealed].concat()));
        let request = text(0x6e, &text(0x30, &[text(0xa0, &[2, 1, 5]), text(0xa3, &ticket)].concat()));
        let token = [AP_REQUEST, &request].concat();
        let Token::Kerberos(ticket) = read(&token) else { panic!("no ticket") };
        assert_eq!((ticket.realm.as_str(), ticket.service.as_str()), ("EXAMPLE.COM", "cifs/files.example.com"));
        assert_eq!(ticket.encryption, 18);
        assert_eq!(ticket.host(), Some("files.example.com"));
        assert!(matches!(read(&token[..20]), Token::Other));
    }
}
