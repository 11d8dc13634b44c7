//! The plant model's file: read with an error that says where it is wrong, checked, and written.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::plant::PlantModel;

/// Version of the file format.
const SCHEMA: u32 = 1;
/// Largest figure: beyond it sums of costs mean nothing.
const FIGURE_MAX: f64 = 1e12;
/// Longest id.
const ID_MAX: usize = 64;

/// What is wrong with a plant model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{at}: {what}")]
pub struct PlantError {
    file: String,
    at: String,
    what: String,
}

impl PlantError {
    fn new(what: String) -> Self {
        Self { file: "plant model".into(), at: String::new(), what }
    }
}

/// Reads and checks a plant model.
pub fn parse(text: &str, file_name: &str) -> Result<PlantModel, PlantError> {
    let plant: PlantModel = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        let at = line.map(|l| format!(" line {l}")).unwrap_or_default();
        PlantError { file: file_name.to_owned(), at, what: error.message().replace('\n', " ") }
    })?;
    check_at(&plant).map_err(|(place, what)| {
        let at = place.find(text).map(|l| format!(" line {l}")).unwrap_or_default();
        PlantError { file: file_name.to_owned(), at, what }
    })?;
    Ok(plant)
}

/// Checks a plant model.
pub fn check(plant: &PlantModel) -> Result<(), PlantError> {
    check_at(plant).map_err(|(_, what)| PlantError::new(what))
}

/// The file of a plant model.
#[must_use]
pub fn to_toml(plant: &PlantModel) -> String {
    toml::to_string_pretty(plant).unwrap_or_default()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// Where in the file something is: the n-th table of a kind, and a key in it.
struct Place {
    table: &'static str,
    number: usize,
    key: &'static str,
}

impl Place {
    fn find(&self, text: &str) -> Option<usize> {
        if self.table.is_empty() {
            return text.lines().position(|line| line.trim_start().starts_with(self.key)).map(|at| at + 1);
        }
        let wanted = [format!("[[{}]]", self.table), format!("[{}]", self.table)];
        let is_table = |line: &str| {
            wanted.iter().any(|w| line.split('#').next().unwrap_or_default().replace(' ', "").starts_with(w.as_str()))
        };
        let start = text.lines().enumerate().filter(|(_, line)| is_table(line)).nth(self.number).map(|(at, _)| at)?;
        let body = text.lines().enumerate().skip(start + 1).take_while(|(_, line)| !line.trim_start().starts_with('['));
        let key = body
            .into_iter()
            .find(|(_, line)| line.trim_start().strip_prefix(self.key).is_some_and(|rest| rest.trim_start().starts_with('=')));
        Some(key.map_or(start, |(at, _)| at) + 1)
    }
}

type Fault = (Place, String);

fn fault<T>(table: &'static str, number: usize, key: &'static str, what: impl Into<String>) -> Result<T, Fault> {
    Err((Place { table, number, key }, format!("{table}.{key}: {}", what.into())))
}

fn check_at(plant: &PlantModel) -> Result<(), Fault> {
    if plant.schema != SCHEMA {
        return Err((
            Place { table: "", number: 0, key: "schema" },
            format!("schema: {} is not understood, {SCHEMA} is expected", plant.schema),
        ));
    }
    id("site", 0, &plant.site.id)?;
    let zones = ids("zone", plant.zones.iter().map(|z| &z.id))?;
    let areas = ids("area", plant.areas.iter().map(|a| &a.id))?;
    let units = ids("unit", plant.units.iter().map(|u| &u.id))?;
    let functions = ids("function", plant.functions.iter().map(|f| &f.id))?;
    for (n, zone) in plant.zones.iter().enumerate() {
        if !(0.0..=5.0).contains(&zone.purdue_level) {
            return fault(
                "zone",
                n,
                "purdue_level",
                format!("{} is not a Purdue level (0 to 5, or 3.5 for the industrial DMZ)", zone.purdue_level),
            );
        }
        if let Some(wrong) = zone.subnets.iter().find(|s| !is_subnet(s)) {
            return fault("zone", n, "subnets", format!("'{wrong}' is not an address range such as 10.20.10.0/24"));
        }
    }
    for (n, conduit) in plant.conduits.iter().enumerate() {
        known("conduit", n, "from", &conduit.from, &zones, "zone")?;
        known("conduit", n, "to", &conduit.to, &zones, "zone")?;
    }
    for (n, unit) in plant.units.iter().enumerate() {
        known("unit", n, "area", &unit.area, &areas, "area")?;
    }
    for (n, function) in plant.functions.iter().enumerate() {
        known("function", n, "unit", &function.unit, &units, "unit")?;
        for other in &function.depends_on {
            known("function", n, "depends_on", other, &functions, "function")?;
        }
        let figures = [
            ("restart_hours", function.restart_hours),
            ("cost_per_hour", function.cost_per_hour),
            ("buffer_minutes", function.buffer_minutes),
        ];
        if let Some((key, figure)) = figures.into_iter().find(|(_, f)| !f.is_finite() || *f < 0.0) {
            return fault("function", n, key, format!("{figure} is not a figure of 0 or more"));
        }
        if let Some((key, figure)) = figures.into_iter().find(|(_, f)| *f > FIGURE_MAX) {
            return fault("function", n, key, format!("{figure:e} is more than {FIGURE_MAX:e}, the largest figure"));
        }
        one_of("function", n, "safety", &function.safety, &["none", "low", "medium", "high"])?;
        one_of("function", n, "redundancy", &function.redundancy, &["none", "standby", "parallel"])?;
    }
    cycles(plant)
}

fn id(table: &'static str, number: usize, text: &str) -> Result<(), Fault> {
    let fits = !text.is_empty() && text.len() <= ID_MAX && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if fits {
        Ok(())
    } else {
        fault(table, number, "id", format!("'{text}' is not an id of 1 to {ID_MAX} letters, digits, '-', '_' or '.'"))
    }
}

fn ids<'a>(table: &'static str, all: impl Iterator<Item = &'a String>) -> Result<BTreeSet<&'a str>, Fault> {
    let mut seen = BTreeSet::new();
    for (n, text) in all.enumerate() {
        id(table, n, text)?;
        if !seen.insert(text.as_str()) {
            return fault(table, n, "id", format!("'{text}' is there twice"));
        }
    }
    Ok(seen)
}

fn known(
    table: &'static str,
    number: usize,
    key: &'static str,
    text: &str,
    all: &BTreeSet<&str>,
    what: &str,
) -> Result<(), Fault> {
    if all.contains(text) {
        return Ok(());
    }
    let names: Vec<&str> = all.iter().copied().take(20).collect();
    fault(table, number, key, format!("there is no {what} '{text}'; there are: {}", names.join(", ")))
}

fn one_of(table: &'static str, number: usize, key: &'static str, text: &str, all: &[&str]) -> Result<(), Fault> {
    if all.contains(&text) { Ok(()) } else { fault(table, number, key, format!("'{text}' is none of {}", all.join(", "))) }
}

fn is_subnet(text: &str) -> bool {
    let Some((ip, prefix)) = text.split_once('/') else { return false };
    match (ip.parse::<IpAddr>(), prefix.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(prefix)) => prefix <= 32,
        (Ok(IpAddr::V6(_)), Ok(prefix)) => prefix <= 128,
        _ => false,
    }
}

/// A function that needs itself, over others, could never start.
fn cycles(plant: &PlantModel) -> Result<(), Fault> {
    let needs: BTreeMap<&str, &[String]> = plant.functions.iter().map(|f| (f.id.as_str(), f.depends_on.as_slice())).collect();
    for (n, function) in plant.functions.iter().enumerate() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = function.depends_on.iter().map(String::as_str).collect();
        while let Some(next) = open.pop() {
            if next == function.id {
                return fault(
                    "function",
                    n,
                    "depends_on",
                    format!("'{}' depends on itself, over {}", function.id, function.depends_on.join(", ")),
                );
            }
            if seen.insert(next) {
                open.extend(needs.get(next).into_iter().flat_map(|list| list.iter().map(String::as_str)));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "schema = 1\n[site]\nid = \"s\"\nname = \"S\"\n[[zone]]\nid = \"control\"\nname = \"Control\"\npurdue_level = 1\nsubnets = [\"10.0.0.0/24\"]\n[[area]]\nid = \"a\"\nname = \"A\"\n[[unit]]\nid = \"u\"\nname = \"U\"\narea = \"a\"\n[[function]]\nid = \"f\"\nname = \"F\"\nunit = \"u\"\ncost_per_hour = 10.0\n";

    #[test]
    fn there_and_back() {
        let plant = parse(GOOD, "plant.toml").unwrap();
        assert_eq!(parse(&to_toml(&plant), "again").unwrap(), plant);
    }

    #[test]
    fn errors_say_where_and_what() {
        let cases = [
            (
                "purdue_level = 1",
                "purdue_level = 9",
                "plant.toml line 8: zone.purdue_level: 9 is not a Purdue level (0 to 5, or 3.5 for the industrial DMZ)",
            ),
            (
                "10.0.0.0/24",
                "10.0.0.0",
                "plant.toml line 9: zone.subnets: '10.0.0.0' is not an address range such as 10.20.10.0/24",
            ),
            ("area = \"a\"", "area = \"b\"", "plant.toml line 16: unit.area: there is no area 'b'; there are: a"),
            (
                "cost_per_hour = 10.0",
                "cost_per_hour = -1",
                "plant.toml line 21: function.cost_per_hour: -1 is not a figure of 0 or more",
            ),
            (
                "cost_per_hour = 10.0",
                "safety = \"some\"",
                "plant.toml line 21: function.safety: 'some' is none of none, low, medium, high",
            ),
            (
                "cost_per_hour = 10.0",
                "depends_on = [\"f\"]",
                "plant.toml line 21: function.depends_on: 'f' depends on itself, over f",
            ),
            ("schema = 1", "schema = 2", "plant.toml line 1: schema: 2 is not understood, 1 is expected"),
            (
                "id = \"f\"",
                "id = \"\"",
                "plant.toml line 18: function.id: '' is not an id of 1 to 64 letters, digits, '-', '_' or '.'",
            ),
        ];
        for (from, to, expected) in cases {
            let error = parse(&GOOD.replace(from, to), "plant.toml").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let error = parse(&GOOD.replace("cost_per_hour", "cots"), "plant.toml").unwrap_err().to_string();
        assert!(error.starts_with("plant.toml line 21: unknown field `cots`"), "{error}");
    }
}
