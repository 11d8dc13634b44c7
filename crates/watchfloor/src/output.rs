//! Tables for people and JSON for scripts, on stdout; messages go to stderr.

use crate::exit::{self, Failure};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Widest column of a table.
const COLUMN_MAX: usize = 60;

/// A line for people, on stderr. A stderr that cannot be written to, on a full disk say, stops nothing.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}
pub(crate) use say;

/// Prints text; a reader that went away ends the program quietly.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::new(0, ""),
        _ => Failure::new(exit::IO, format!("cannot write to standard output: {error}")),
    })
}

/// Prints a value as one JSON document.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string_pretty(value).map_err(|e| Failure::new(exit::FAILED, e))?;
    text(&format!("{line}\n"))
}

/// A table with aligned columns.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|h| (*h).to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(clean).collect());
    }

    /// Prints it, headings bold on a terminal unless `NO_COLOR` is set.
    pub fn print(&self) -> Result<(), Failure> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let bold = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let mut out = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            let line = line.trim_end();
            out.push_str(&if at == 0 && bold { format!("\u{1b}[1m{line}\u{1b}[0m\n") } else { format!("{line}\n") });
        }
        text(&out)
    }
}

/// Control characters from the network never reach a terminal, and long cells are cut.
fn clean(cell: String) -> String {
    let shown: String = cell.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
    if shown.chars().count() <= COLUMN_MAX { shown } else { shown.chars().take(COLUMN_MAX - 1).chain(['…']).collect() }
}
