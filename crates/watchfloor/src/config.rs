//! Configuration: defaults, then a TOML file, then `WATCHFLOOR_*` environment variables, then the command line; each
//! value remembers where it came from.

use crate::cli::Settings;
use crate::exit::{self, Failure};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration file. Every key may be absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    plant: Option<PathBuf>,
    listen: Option<SocketAddr>,
    site: Option<String>,
    sensor: Option<String>,
    learning_share: Option<f64>,
    learning_hours: Option<f64>,
    batch_rows: Option<u32>,
    lake_rows: Option<u32>,
    lake_days: Option<u32>,
    lake_gigabytes: Option<f64>,
    evidence_megabytes: Option<u64>,
    evidence_days: Option<u32>,
    log: Option<String>,
    log_format: Option<String>,
}

/// A value and where it came from.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// Key.
    pub key: &'static str,
    /// Value as text.
    pub value: String,
    /// `default`, `file FILE`, `environment NAME` or `command line`.
    pub origin: String,
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Data directory.
    pub data: PathBuf,
    /// Plant model.
    pub plant: Option<PathBuf>,
    /// Address of page and API.
    pub listen: SocketAddr,
    /// Site id where no plant model says it.
    pub site: String,
    /// Sensor's name.
    pub sensor: String,
    /// Share of a finite capture that is learned from.
    pub learning_share: f64,
    /// Hours of live traffic that are learned from.
    pub learning_hours: f64,
    /// Rows that are made durable at once.
    pub batch_rows: u32,
    /// Rows that gather before the lake is written.
    pub lake_rows: u32,
    /// Days that the lake keeps.
    pub lake_days: u32,
    /// Gigabytes that the lake may take.
    pub lake_gigabytes: f64,
    /// Megabytes of packets kept as evidence.
    pub evidence_megabytes: u64,
    /// Days that packets are kept.
    pub evidence_days: u32,
    /// Log filter.
    pub log: String,
    /// `text` or `json`.
    pub log_format: String,
    /// Every setting with its origin, for `config show`.
    pub settings: Vec<Setting>,
}

/// Resolves one key: command line, environment, file, default.
struct Resolver {
    file_name: String,
    settings: Vec<Setting>,
}

impl Resolver {
    fn get<T>(&mut self, key: &'static str, flag: Option<T>, file: Option<T>, default: &str) -> Result<T, Failure>
    where
        T: std::str::FromStr + std::fmt::Debug,
        T: Show,
    {
        let name = format!("WATCHFLOOR_{}", key.to_uppercase());
        let environment = std::env::var(&name).ok();
        let (value, origin) = if let Some(flag) = flag {
            (flag, "command line".to_owned())
        } else if let Some(text) = environment {
            let parsed =
                text.parse().map_err(|_| Failure::new(exit::CONFIG, format!("{name}: '{text}' is not {}", T::EXPECTED)))?;
            (parsed, format!("environment {name}"))
        } else if let Some(file) = file {
            (file, format!("file {}", self.file_name))
        } else {
            let parsed = default.parse().map_err(|_| Failure::new(exit::CONFIG, format!("{key}: no usable default")))?;
            (parsed, "default".to_owned())
        };
        self.settings.push(Setting { key, value: value.show(), origin });
        Ok(value)
    }
}

/// How a setting is shown and described.
trait Show {
    const EXPECTED: &'static str;
    fn show(&self) -> String;
}

macro_rules! show {
    ($($kind:ty, $expected:literal, $show:expr;)+) => { $(impl Show for $kind {
        const EXPECTED: &'static str = $expected;
        fn show(&self) -> String { let f: fn(&$kind) -> String = $show; f(self) }
    })+ };
}

show! {
    PathBuf, "a path", |p| p.display().to_string();
    String, "text", Clone::clone;
    SocketAddr, "an address and port such as 127.0.0.1:8443", ToString::to_string;
    f64, "a number", ToString::to_string;
    u32, "a whole number", ToString::to_string;
    u64, "a whole number", ToString::to_string;
}

/// Reads the configuration.
pub fn load(settings: &Settings, listen: Option<SocketAddr>) -> Result<Config, Failure> {
    let (file, file_name) = read_file(settings.config.as_deref())?;
    let mut from = Resolver { file_name, settings: Vec::new() };
    let data = from.get("data", settings.data.clone(), file.data, "watchfloor-data")?;
    let plant: PathBuf = from.get("plant", settings.plant.clone(), file.plant, "")?;
    let config = Config {
        data,
        plant: Some(plant).filter(|p| !p.as_os_str().is_empty()),
        listen: from.get("listen", listen, file.listen, "127.0.0.1:8443")?,
        site: from.get("site", None, file.site, "site")?,
        sensor: from.get("sensor", None, file.sensor, "sensor")?,
        learning_share: from.get("learning_share", None, file.learning_share, "0.3")?,
        learning_hours: from.get("learning_hours", None, file.learning_hours, "24")?,
        batch_rows: from.get("batch_rows", None, file.batch_rows, "20000")?,
        lake_rows: from.get("lake_rows", None, file.lake_rows, "200000")?,
        lake_days: from.get("lake_days", None, file.lake_days, "365")?,
        lake_gigabytes: from.get("lake_gigabytes", None, file.lake_gigabytes, "50")?,
        evidence_megabytes: from.get("evidence_megabytes", None, file.evidence_megabytes, "512")?,
        evidence_days: from.get("evidence_days", None, file.evidence_days, "365")?,
        log: from.get("log", None, file.log, "warn,buoyant_kernel=off,deltalake_core=off")?,
        log_format: from.get("log_format", None, file.log_format, "text")?,
        settings: from.settings,
    };
    check(&config)?;
    Ok(config)
}

fn check(config: &Config) -> Result<(), Failure> {
    let wrong = |key: &str, expected: &str| Err(Failure::new(exit::CONFIG, format!("{key}: {expected}")));
    if !(0.0..=1.0).contains(&config.learning_share) {
        return wrong("learning_share", "a share between 0 and 1 is expected");
    }
    if !(0.0..=8760.0).contains(&config.learning_hours) {
        return wrong("learning_hours", "between 0 and 8760 hours are expected");
    }
    if config.batch_rows == 0 || config.lake_rows == 0 {
        return wrong("batch_rows, lake_rows", "one row at least is expected");
    }
    if !["text", "json"].contains(&config.log_format.as_str()) {
        return wrong("log_format", "text or json is expected");
    }
    if config.lake_days == 0 || config.lake_gigabytes <= 0.0 || config.evidence_days == 0 {
        return wrong("lake_days, lake_gigabytes, evidence_days", "more than nothing is expected");
    }
    Ok(())
}

fn read_file(given: Option<&Path>) -> Result<(File, String), Failure> {
    let usual = [PathBuf::from("watchfloor.toml"), PathBuf::from("/etc/watchfloor/watchfloor.toml")];
    let path = match given {
        Some(path) => Some(path.to_owned()),
        None => usual.into_iter().find(|p| p.exists()),
    };
    let Some(path) = path else { return Ok((File::default(), String::new())) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path)
        .map_err(|e| Failure::new(exit::CONFIG, format!("cannot read the configuration {name}: {e}")))?;
    let file = toml::from_str(&text).map_err(|e| Failure::new(exit::CONFIG, format!("{name}: {}", e.to_string().trim_end())))?;
    Ok((file, name))
}

/// Reads and checks a plant model.
pub fn plant(path: &Path) -> Result<wf_model::plant::PlantModel, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::new(exit::CONFIG, format!("cannot read the plant model {name}: {e}")))?;
    wf_risk::plant::parse(&text, &name).map_err(|e| Failure::new(exit::CONFIG, e))
}
