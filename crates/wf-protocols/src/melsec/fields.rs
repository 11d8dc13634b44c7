//! The fields of one message, for `decode`.

use super::access::plan;
use super::frame::{Frame, Request};
use super::names::{self, command};
use crate::hints::clean;
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, found: &Frame<'_>) {
    m.flag("ascii", found.ascii).flag("response", found.answer).opt("serial", found.serial);
    m.num("network", found.network).num("station", found.station).num("module", found.module);
    m.num("multidrop", found.multidrop);
    if found.answer {
        let mut data = found.body;
        if let Ok(code) = data.u16() {
            m.num("end_code", code).text("end_code_name", names::end_code(code).unwrap_or("unknown"));
            raw(m, "data", data.rest(), found.ascii);
        }
        return;
    }
    let Ok(request) = Request::read(found.body) else { return };
    m.num("timer", request.timer).num("command", request.command).num("subcommand", request.sub);
    m.text("name", names::named(request.command).map_or("unknown_command", |(name, _)| name));
    match (plan(&request), request.command) {
        (Some(plan), _) => {
            m.objects("devices", plan, |w, access| {
                w.show("device", access.device.coded(access.devices(), 0)).num("count", access.count);
                if let Some(values) = access.written {
                    w.nums("values", values);
                }
            });
        }
        (None, command::UNLOCK | command::LOCK) => {
            m.flag("hidden", true);
        }
        _ => raw(m, "data", request.data.rest(), found.ascii),
    }
}

fn raw(m: &mut MessageWriter<'_>, name: &str, bytes: &[u8], ascii: bool) {
    match (bytes, ascii) {
        ([], _) => {}
        (_, true) => {
            m.text(name, &clean(bytes));
        }
        (_, false) => {
            m.hex(name, bytes);
        }
    }
}
