//! The stated figures: what an effect costs, what redundancy saves, what harm weighs, and defaults by role.

/// What an effect does: the verb for the function, and the share of a full stop's loss that it costs.
pub(crate) fn effect(name: &str) -> (&'static str, f64, &'static str) {
    match name {
        "loss_of_control" | "loss_of_asset" => ("stops", 1.0, "it is no longer controlled"),
        "manipulation" => ("degrades", 0.7, "it runs with values that nobody decided"),
        "loss_of_view" => ("degrades", 0.3, "nobody sees its state"),
        _ => ("stops", 1.0, "it could be stopped by who gets this far"),
    }
}

/// Share of a full stop's loss where wrong values are only felt from upstream.
pub(crate) const DOWNSTREAM: f64 = 0.2;

/// Money that stands for harm to people, by safety class: so that it weighs in one list with production.
pub(crate) fn safety_equivalent(class: &str) -> f64 {
    match class {
        "high" => 250_000.0,
        "medium" => 50_000.0,
        "low" => 5_000.0,
        _ => 0.0,
    }
}

/// Safety classes as numbers, worst last.
pub(crate) fn safety_order(class: &str) -> usize {
    ["none", "low", "medium", "high"].iter().position(|c| *c == class).unwrap_or(0)
}

/// Share of the loss that stays although another machine can take over.
pub(crate) fn redundancy(kind: &str) -> (f64, &'static str) {
    match kind {
        "standby" => (0.5, "a standby takes over after a while: half of it"),
        "parallel" => (0.2, "a parallel line carries on: a fifth of it"),
        _ => (1.0, ""),
    }
}

/// Without a plant model: hours to restart and cost of an hour by role; every step that uses them says so.
pub(crate) fn defaults(role: &str) -> (f64, f64) {
    match role {
        "controller" | "safety_controller" | "rtu" | "protection_relay" => (4.0, 5_000.0),
        "remote_io" | "drive" | "building_controller" => (3.0, 3_000.0),
        "sensor" | "gateway" => (1.0, 1_000.0),
        "hmi" | "scada_server" => (2.0, 2_500.0),
        "engineering_station" | "historian" => (2.0, 1_000.0),
        "network_device" => (1.0, 2_000.0),
        "server" => (2.0, 500.0),
        _ => (1.0, 200.0),
    }
}

/// Without a plant model: the safety class of what such a machine does. A safety controller stands where people could be harmed.
pub(crate) fn default_safety(role: &str) -> &'static str {
    if role == "safety_controller" { "high" } else { "none" }
}

/// Thousands apart.
pub(crate) fn money(amount: f64) -> String {
    let whole = format!("{:.0}", amount.max(0.0));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// At most three decimals.
pub(crate) fn trim(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
