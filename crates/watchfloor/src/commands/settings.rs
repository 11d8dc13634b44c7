//! `config check` and `config show`.

use crate::cli::ConfigCommand;
use crate::config;
use crate::exit::Failure;
use crate::output::{self, Table, say};
use serde_json::json;

/// Checks or shows the configuration.
pub fn settings(command: ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check { settings, json } => {
            let config = config::load(&settings, None)?;
            let plant = config.plant.as_deref().map(config::plant).transpose()?;
            let functions = plant.as_ref().map_or(0, |p| p.functions.len());
            if json {
                return output::json(&json!({"ok": true, "plant_model": plant.is_some(), "functions": functions}));
            }
            let model = plant.map_or_else(
                || "no plant model".into(),
                |p| format!("plant model of {} with {functions} functions", p.site.name),
            );
            output::text(&format!("the configuration is right; {model}\n"))
        }
        ConfigCommand::Show { settings, origin, json } => {
            let config = config::load(&settings, None)?;
            if json {
                return output::json(&config.settings);
            }
            let mut table = if origin { Table::new(&["KEY", "VALUE", "ORIGIN"]) } else { Table::new(&["KEY", "VALUE"]) };
            for setting in &config.settings {
                let cells = [setting.key.to_owned(), setting.value.clone(), setting.origin.clone()];
                table.row(cells.into_iter().take(if origin { 3 } else { 2 }));
            }
            table.print()
        }
    }
}

/// Starts logging to standard error as configured.
pub fn logging(config: &config::Config) {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = fmt().log_internal_errors(false).with_env_filter(filter).with_writer(std::io::stderr);
    let started = if config.log_format == "json" { builder.json().try_init() } else { builder.try_init() };
    if let Err(error) = started {
        say!("warning: cannot start logging: {error}");
    }
}
