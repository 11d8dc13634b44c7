//! `decode [--json] [--all] CAPTURE` without the rest of the product: for work on decoders.
#![expect(clippy::print_stderr, reason = "a command line tool")]

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let everything = arguments.iter().any(|a| a == "--all");
    let Some(path) = arguments.iter().rfind(|a| !a.starts_with("--") && *a != "decode") else {
        eprintln!("usage: decode [--all] CAPTURE");
        return std::process::ExitCode::from(64);
    };
    match wf_sensor::replay::print(std::path::Path::new(path), std::io::stdout().lock(), everything) {
        Ok(told) => {
            told.warnings.iter().for_each(|w| eprintln!("warning: {w}"));
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::from(65)
        }
    }
}
