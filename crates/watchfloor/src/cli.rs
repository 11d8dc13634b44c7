//! The command line as clap sees it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// One floor for plant and security teams: which devices are there, what they do to each other, and what deserves
/// attention first because of what it would do to production.
#[derive(Debug, Parser)]
#[command(name = "watchfloor", version, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Nouns and verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole product on captures or a live interface, with the page.
    Run(RunArgs),
    /// Take captures into a data directory and end, without the page.
    Replay(ReplayArgs),
    /// Print every application message of a capture, one JSON object a line.
    Decode(DecodeArgs),
    /// Measure what captures cost on this machine: CPU time by stage, and by protocol.
    Bench(BenchArgs),
    /// Devices.
    #[command(subcommand)]
    Asset(AssetCommand),
    /// Who talks to whom.
    #[command(subcommand)]
    Conversation(ConversationCommand),
    /// Reads, writes, controls, program and configuration acts.
    #[command(subcommand)]
    Operation(OperationCommand),
    /// What deserves attention.
    #[command(subcommand)]
    Finding(FindingCommand),
    /// Run a read-only SQL query over the lake and what has not reached it yet.
    Query(QueryArgs),
    /// Look for what is wrong with this machine or data directory, and say what mends it.
    Doctor(DoctorArgs),
    /// The configuration in force.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// People who may log in.
    #[command(subcommand)]
    User(UserCommand),
    /// Print the completions of a shell: `watchfloor completions bash > /etc/bash_completion.d/watchfloor`.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands into a folder: `watchfloor man /usr/local/share/man/man1`.
    Man {
        /// The folder; made when missing.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Print the OpenAPI document of the HTTP interface.
    #[command(hide = true)]
    Openapi,
}

/// Where settings come from, and the settings most often given by hand.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Configuration file (TOML); ./watchfloor.toml or /etc/watchfloor/watchfloor.toml when there.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory; made when missing. [default: ./watchfloor-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Plant model (TOML).
    #[arg(long, value_name = "FILE")]
    pub plant: Option<PathBuf>,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Capture file, or a folder of them (pcap, pcapng; also gzip or zstd).
    #[arg(long, value_name = "FILE|FOLDER", conflicts_with = "interface")]
    pub capture: Vec<PathBuf>,
    /// Interface to listen on; nothing is ever sent there.
    #[arg(long, value_name = "IFACE")]
    pub interface: Option<String>,
    /// How fast captures are replayed.
    #[arg(long, value_enum, default_value_t = PaceArg::Full)]
    pub pace: PaceArg,
    /// Address of the page and the API. [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Plain HTTP instead of TLS; only on loopback.
    #[arg(long)]
    pub insecure_http: bool,
    /// File with the password of the first admin (otherwise a random one is printed once).
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
}

/// Pace of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaceArg {
    /// As fast as possible.
    Full,
    /// As recorded.
    Real,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Capture files or folders.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// One JSON object a line (the only format so far, and the default).
    #[arg(long)]
    pub json: bool,
    /// Also operations, values, evidence and anomalies, as lines with `record` instead of `protocol`.
    #[arg(long)]
    pub all: bool,
    /// The capture.
    #[arg(value_name = "CAPTURE")]
    pub capture: PathBuf,
}

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Capture files or folders.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// Where the journal, the state and the lake are written meanwhile, in a new folder that is removed again. [default: the
    /// folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// JSON instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Options that every reading command has.
#[derive(Clone, Debug, Default, Args)]
pub struct Reading {
    /// Data directory. [default: ./watchfloor-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Filters of lists.
#[derive(Clone, Debug, Default, Args)]
pub struct Filters {
    /// Free text in names, addresses and texts.
    #[arg(long, short)]
    pub q: Option<String>,
    /// Only about this asset id.
    #[arg(long)]
    pub asset: Option<String>,
    /// Only in this zone.
    #[arg(long)]
    pub zone: Option<String>,
    /// Only of this role.
    #[arg(long)]
    pub role: Option<String>,
    /// Only of this protocol.
    #[arg(long)]
    pub protocol: Option<String>,
    /// Only of this category: read, write, control, program, configuration, diagnostic, or `acts` for all but reads and diagnostics.
    #[arg(long)]
    pub category: Option<String>,
    /// Only in this state: unacknowledged, acknowledged, shelved, returned, or `open`.
    #[arg(long)]
    pub state: Option<String>,
    /// Only of this rule.
    #[arg(long)]
    pub rule: Option<String>,
    /// Field to sort by; a leading `-` means descending.
    #[arg(long, allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// Most rows; all when absent.
    #[arg(long)]
    pub limit: Option<usize>,
}

/// Verbs of `asset`.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a run")]
#[derive(Debug, Subcommand)]
pub enum AssetCommand {
    /// List devices.
    List {
        /// Common options.
        #[command(flatten)]
        reading: Reading,
        /// Filters.
        #[command(flatten)]
        filters: Filters,
    },
    /// Show one device with the evidence of each attribute.
    Show {
        /// Asset id, name, IP or MAC.
        asset: String,
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
}

/// Verbs of `conversation`.
#[derive(Debug, Subcommand)]
pub enum ConversationCommand {
    /// List conversations.
    List {
        /// Common options.
        #[command(flatten)]
        reading: Reading,
        /// Filters.
        #[command(flatten)]
        filters: Filters,
    },
}

/// Verbs of `operation`.
#[derive(Debug, Subcommand)]
pub enum OperationCommand {
    /// List operations, oldest first unless sorted.
    List {
        /// Common options.
        #[command(flatten)]
        reading: Reading,
        /// Filters.
        #[command(flatten)]
        filters: Filters,
    },
}

/// Verbs of `finding`.
#[derive(Debug, Subcommand)]
pub enum FindingCommand {
    /// List findings by rank.
    List {
        /// Common options.
        #[command(flatten)]
        reading: Reading,
        /// Filters.
        #[command(flatten)]
        filters: Filters,
    },
    /// Show one finding with its evidence and the calculation behind its rank.
    Show {
        /// Finding id.
        finding: String,
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
    /// Acknowledge a finding: who, why and until when are kept.
    Ack {
        /// Finding id.
        finding: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Until when (RFC 3339), or for how long: `8h`, `7d`.
        #[arg(long, default_value = "8h")]
        until: String,
        /// Who; the login name on this machine when absent.
        #[arg(long)]
        by: Option<String>,
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
}

/// Options of `query`.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// One SELECT over the tables operation, conversation, asset_evidence, measurement, file, anomaly, credential, coverage.
    pub sql: String,
    /// Most rows.
    #[arg(long, default_value_t = 10_000)]
    pub limit: usize,
    /// Common options.
    #[command(flatten)]
    pub reading: Reading,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Interface that would be listened on.
    #[arg(long)]
    pub interface: Option<String>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Verbs of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration and the plant model.
    Check {
        /// Settings.
        #[command(flatten)]
        settings: Settings,
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Show every setting in force.
    Show {
        /// Settings.
        #[command(flatten)]
        settings: Settings,
        /// Say where each comes from: default, file, environment or command line.
        #[arg(long)]
        origin: bool,
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// Verbs of `user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is read from a file or the terminal.
    Add {
        /// Login name.
        name: String,
        /// viewer, analyst, operator, engineer, admin.
        #[arg(long, default_value = "viewer")]
        role: String,
        /// File with the password; `-` reads standard input.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
    /// Set a user's password.
    Passwd {
        /// Login name.
        name: String,
        /// File with the password; `-` reads standard input.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
    /// List users.
    List {
        /// Common options.
        #[command(flatten)]
        reading: Reading,
    },
}
