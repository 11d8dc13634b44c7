//! The fields of one message, for `decode`.

use super::body::{self, Access, PARTS_MAX};
use super::frame::{
    ADD_NOTIFICATION, DELETE_NOTIFICATION, DEVICE_INFO, Frame, NOTIFICATION, READ, READ_STATE, READ_WRITE, TcpHeader,
    WRITE_CONTROL,
};
use super::names;
use wf_wire::{MessageWriter, Reader};

/// Bytes of data that are shown.
const DATA_MAX: usize = 256;

fn cut(bytes: &[u8]) -> &[u8] {
    bytes.get(..DATA_MAX).unwrap_or(bytes)
}

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    m.num("command", frame.command).num("invoke_id", frame.invoke).text("name", names::command(frame.command));
    m.flag("response", frame.is_answer()).num("state_flags", frame.flags);
    m.show("target", frame.target).show("source", frame.source);
    if frame.error != 0 {
        m.num("error", frame.error);
    }
    if frame.is_answer() { answer(m, frame) } else { request(m, frame) }
}

fn request(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    let mut r = Reader::new(frame.data);
    match (frame.command, Access::of(frame)) {
        (_, Some(access)) => {
            m.num("index_group", access.group).num("index_offset", access.offset);
            if let Some(group) = names::group(access.group) {
                m.text("group", group);
            }
            if access.wanted != 0 {
                m.num("read_length", access.wanted);
            }
            if let Some(parts) = access.parts() {
                m.objects("parts", parts.take(PARTS_MAX), |m, part| {
                    m.num("index_group", part.group).num("index_offset", part.offset);
                    if part.wanted != 0 {
                        m.num("read_length", part.wanted);
                    }
                    if !part.written.is_empty() {
                        m.hex("data", cut(part.written));
                    }
                });
            } else if !access.written.is_empty() {
                m.text("value", &body::text(access.written)).hex("data", cut(access.written));
            }
            if frame.command == ADD_NOTIFICATION && r.skip(12).is_ok() {
                m.text("mode", names::mode(r.u32_le().unwrap_or(0)));
                m.opt("delay_100ns", r.u32_le().ok()).opt("cycle_100ns", r.u32_le().ok());
            }
        }
        (WRITE_CONTROL, _) => {
            m.text("ads_state", names::state(r.u16_le().unwrap_or(0))).opt("device_state", r.u16_le().ok());
            m.opt("length", r.u32_le().ok()).hex("data", cut(r.rest()));
        }
        (DELETE_NOTIFICATION, _) => {
            m.opt("handle", r.u32_le().ok());
        }
        (NOTIFICATION, _) => notification(m, &mut r),
        _ if !frame.data.is_empty() => {
            m.hex("data", cut(frame.data));
        }
        _ => {}
    }
}

fn notification(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) {
    let _length = r.u32_le();
    let stamps = r.u32_le().unwrap_or(0);
    m.num("stamps", stamps);
    let (mut stamps, mut samples) = (stamps, 0u32);
    let every = std::iter::from_fn(|| {
        while samples == 0 {
            stamps = stamps.checked_sub(1)?;
            r.u64_le().ok()?;
            samples = r.u32_le().ok()?;
        }
        samples -= 1;
        let (handle, size) = (r.u32_le().ok()?, r.u32_le().ok()?);
        Some((handle, r.take(usize::try_from(size).ok()?).ok()?))
    });
    m.objects("samples", every.take(PARTS_MAX), |m, (handle, data)| {
        m.num("handle", handle).hex("data", cut(data));
    });
}

fn answer(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    let (result, data) = body::answer(frame);
    let own = Reader::new(frame.data).u32_le().ok();
    m.opt("result", own).text("outcome", names::outcome(result));
    let mut r = Reader::new(data);
    match frame.command {
        DEVICE_INFO => {
            if let (Ok([major, minor]), Ok(build)) = (r.array(), r.u16_le()) {
                m.show("version", format_args!("{major}.{minor}.{build}")).text("device", &crate::hints::clean(r.rest()));
            }
        }
        READ_STATE => {
            if let Ok(state) = r.u16_le() {
                m.text("ads_state", names::state(state)).opt("device_state", r.u16_le().ok());
            }
        }
        ADD_NOTIFICATION => {
            m.opt("handle", r.u32_le().ok());
        }
        READ | READ_WRITE => {
            m.hex("data", cut(data));
        }
        _ => {}
    }
}

/// What is said between a program and its router.
pub fn write_router(m: &mut MessageWriter<'_>, header: &TcpHeader, body: &[u8]) {
    m.num("kind", header.kind).text("name", names::router(header.kind).unwrap_or("unknown")).hex("data", cut(body));
}
