//! What names mean in IEC 61850-8-1: `LN$FC$DO$…`, with the functional constraint (7.3) saying what kind of data it is,
//! and the control model's objects (clause 20).

use crate::ber::{self, Element};
use crate::mms_data::{self, Data};
use std::fmt::Write;
use wf_model::Category;

/// What a read or write of a name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// Function.
    pub function: &'static str,
    /// Kind of act.
    pub category: Category,
    /// On what.
    pub target: &'a str,
    /// Values are a command's, not a point's.
    pub commands: bool,
}

/// The functional constraint in a name, and what follows it.
fn constraint(name: &str) -> Option<(&str, &str)> {
    let mut parts = name.splitn(3, '$');
    let (_, constraint, rest) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    (constraint.len() == 2 && constraint.bytes().all(|b| b.is_ascii_uppercase())).then_some((constraint, rest))
}

/// `name` up to the component `part`, which lies in `rest`, its end.
fn before<'a>(name: &'a str, rest: &str, part: &str) -> Option<&'a str> {
    let mut at = name.len().checked_sub(rest.len())?;
    for component in rest.split('$') {
        if component == part {
            return name.get(..at.checked_sub(1)?);
        }
        at += component.len() + 1;
    }
    None
}

/// What writing this name does.
#[must_use]
pub fn written(name: &str) -> Act<'_> {
    let act = |function, category| Act { function, category, target: name, commands: false };
    let Some((constraint, rest)) = constraint(name) else { return act("write", Category::Write) };
    match constraint {
        "CO" => {
            let parts = [("Oper", "operate"), ("SBOw", "select_with_value"), ("Cancel", "cancel")];
            let found = parts.into_iter().find_map(|(part, function)| Some((before(name, rest, part)?, function)));
            match found {
                Some((target, function)) => Act { function, category: Category::Control, target, commands: true },
                None => act("write", Category::Control),
            }
        }
        "SP" if rest.ends_with("SGCB$ActSG") => act("select_active_setting_group", Category::Configuration),
        "SP" if rest.ends_with("SGCB$EditSG") => act("select_edit_setting_group", Category::Configuration),
        "SP" if rest.ends_with("SGCB$CnfEdit") => act("confirm_edit_setting_group", Category::Configuration),
        "SG" | "SE" | "CF" | "DC" | "EX" => act("write", Category::Configuration),
        "BR" | "RP" => act("set_report_control", Category::Configuration),
        "LG" => act("set_log_control", Category::Configuration),
        "GO" | "GS" => act("set_goose_control", Category::Configuration),
        "MS" | "US" => act("set_sampled_value_control", Category::Configuration),
        "SV" => act("substitute", Category::Write),
        "BL" => act("block", Category::Write),
        _ => act("write", Category::Write),
    }
}

/// What reading this name does: reading `SBO` selects (20.3).
#[must_use]
pub fn read(name: &str) -> Act<'_> {
    if let Some(("CO", rest)) = constraint(name)
        && rest.rsplit('$').next() == Some("SBO")
        && let Some(target) = before(name, rest, "SBO")
    {
        return Act { function: "select", category: Category::Control, target, commands: true };
    }
    Act { function: "read", category: Category::Read, target: name, commands: false }
}

/// Whether this name is a control object that was commanded: reported, it says that the command has ended (20.8).
#[must_use]
pub fn is_termination(name: &str) -> bool {
    constraint(name).is_some_and(|(constraint, rest)| constraint == "CO" && rest.rsplit('$').next() == Some("Oper"))
}

/// A command in words: `true by remote_control "hmi1", number 3, test`.
#[must_use]
pub fn command(e: &Element<'_>) -> String {
    let Some(Data::Structure(parts)) = Data::read(e) else { return mms_data::text(e) };
    let mut text = String::new();
    for (at, part) in parts.take(16).enumerate() {
        let data = Data::read(&part);
        let _ = match data {
            _ if at == 0 => write!(text, "{}", mms_data::text(&part)),
            Some(Data::Structure(origin)) => write!(text, " by {}", originator(origin)),
            Some(Data::Integer(number)) => write!(text, ", number {number}"),
            Some(Data::Unsigned(number)) => write!(text, ", number {number}"),
            Some(Data::Flag(true)) => write!(text, ", test"),
            Some(Data::Bits(check)) if check.len() == 2 => match check.number(2) {
                0 => Ok(()),
                1 => write!(text, ", interlock check"),
                2 => write!(text, ", synchrocheck"),
                _ => write!(text, ", synchrocheck, interlock check"),
            },
            _ => Ok(()),
        };
    }
    text
}

/// Who commands: category (IEC 61850-7-3, 7.5.1) and identifier.
fn originator(mut origin: ber::Elements<'_>) -> String {
    const CATEGORIES: [&str; 9] = [
        "not_supported",
        "bay_control",
        "station_control",
        "remote_control",
        "automatic_bay",
        "automatic_station",
        "automatic_remote",
        "maintenance",
        "process",
    ];
    let category = origin.next().and_then(|e| ber::integer(e.bytes));
    let category = category.and_then(|n| usize::try_from(n).ok()).and_then(|n| CATEGORIES.get(n)).copied().unwrap_or("unknown");
    match origin.next().map(|e| crate::hints::clean(e.bytes)) {
        Some(name) if !name.is_empty() => format!("{category} \"{}\"", crate::hints::bounded(&name, 64)),
        _ => category.to_owned(),
    }
}

/// Why a command was not carried out: AddCause (IEC 61850-7-2, 20.5.2.9).
#[must_use]
pub fn cause(code: i64) -> &'static str {
    const CAUSES: [&str; 28] = [
        "error: unknown",
        "error: not_supported",
        "error: blocked_by_switching_hierarchy",
        "error: select_failed",
        "error: invalid_position",
        "error: position_reached",
        "error: parameter_change_in_execution",
        "error: step_limit",
        "error: blocked_by_mode",
        "error: blocked_by_process",
        "error: blocked_by_interlocking",
        "error: blocked_by_synchrocheck",
        "error: command_already_in_execution",
        "error: blocked_by_health",
        "error: one_of_n_control",
        "error: abortion_by_cancel",
        "error: time_limit_over",
        "error: abortion_by_trip",
        "error: object_not_selected",
        "error: object_already_selected",
        "error: no_access_authority",
        "error: ended_with_overshoot",
        "error: abortion_due_to_deviation",
        "error: abortion_by_communication_loss",
        "error: blocked_by_command",
        "error: none",
        "error: inconsistent_parameters",
        "error: locked_by_other_client",
    ];
    usize::try_from(code).ok().and_then(|at| CAUSES.get(at).copied()).unwrap_or("error: unknown")
}
