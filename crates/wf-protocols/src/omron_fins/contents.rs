//! What commands carry besides memory (W342-E1, clauses 5-3-9 to 5-3-46; W227-E1 for those of older controllers), for `decode`.
//! What is missing at the end is left out; passwords are never written.

use super::operations::clock;
use crate::hints::clean;
use wf_wire::{MessageWriter, Reader, Short};

/// Bytes of a file's name, of a model's name, of a message.
const NAME: usize = 12;
const MODEL: usize = 20;
const MESSAGE: usize = 32;
/// Bytes of what is said of CPU bus units and remote masters.
const BUS: usize = 67;
/// Elements of one list that are written.
const LIST_MAX: usize = 128;

type Written = Result<(), Short>;

/// Writes what a request says; `false` where its command is not one of these.
pub fn request(m: &mut MessageWriter<'_>, command: u16, data: &[u8]) -> bool {
    let r = &mut Reader::new(data);
    // Where data end before what is to follow, what was written stays.
    let _ = match command {
        0x0220 | 0x0221 => link_table(m, r),
        0x0304 | 0x0305 => protection(m, r),
        0x0308 => shorts(m, r, ["program"]).and_then(|()| bytes(m, r, ["clear_code"])),
        0x0501 | 0x0620 => bytes(m, r, ["parameter"]),
        0x0502 => bytes(m, r, ["unit", "count"]),
        0x0920 => messages(m, r),
        0x0c01..=0x0c03 => shorts(m, r, ["program"]),
        0x2101 => shorts(m, r, ["error"]),
        0x2102 => shorts(m, r, ["first", "count"]),
        0x2201..=0x2211 => file(m, r, command),
        0x2301 => forced(m, r),
        0x230a => forced_status(m, r),
        0x2601 => {
            m.text("text", &clean(data));
            Ok(())
        }
        _ => return false,
    };
    true
}

/// Writes what an answer says; `false` where its command is not one of these.
pub fn answer(m: &mut MessageWriter<'_>, command: u16, data: &[u8]) -> bool {
    let r = &mut Reader::new(data);
    let _ = match command {
        0x0201 => shorts(m, r, ["parameter_area", "word", "count"]).map(|()| rest(m, r)),
        0x0306 | 0x0307 => program(m, r),
        0x0220 => link_blocks(m, r, true),
        0x0501 if data.len() == BUS => bus_units(m, r),
        0x0501 if data.len() >= 40 => controller(m, r),
        0x0502 => units(m, r),
        0x0602 => network(m, r),
        0x0603 => links(m, r),
        0x0802 => shorts(m, r, ["receptions"]),
        0x0920 => messages(m, r),
        0x0c01 => bytes(m, r, ["holder_network", "holder_node", "holder_unit"]),
        0x2102 => errors(m, r),
        0x2201 => directory(m, r),
        0x2202 => file_part(m, r),
        0x2205 | 0x220a | 0x220b => shorts(m, r, ["count"]),
        0x220c => number(m, "count", r.u32()),
        0x220f => blocks(m, r),
        0x2210 => block(m, r).map(|()| rest(m, r)),
        0x230a => forced_status(m, r),
        0x2603 => {
            m.text("text", &clean(data));
            Ok(())
        }
        _ => return false,
    };
    true
}

fn number(m: &mut MessageWriter<'_>, name: &str, read: Result<impl Into<i128>, Short>) -> Written {
    m.num(name, read?);
    Ok(())
}

fn bytes<const N: usize>(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, names: [&str; N]) -> Written {
    names.iter().try_for_each(|name| number(m, name, r.u8()))
}

fn shorts<const N: usize>(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, names: [&str; N]) -> Written {
    names.iter().try_for_each(|name| number(m, name, r.u16()))
}

fn text(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, name: &str, len: usize) -> Written {
    m.text(name, &clean(r.take(len)?));
    Ok(())
}

fn rest(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) {
    m.hex("data", r.take_rest());
}

fn program(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    shorts(m, r, ["program"])?;
    number(m, "program_word", r.u32())?;
    shorts(m, r, ["count"])?;
    rest(m, r);
    Ok(())
}

/// A table of data links: whose it is and which part, then a node each.
fn link_table(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    r.skip(2)?;
    shorts(m, r, ["intelligent_id", "first_word", "length"])?;
    if r.left() > 0 { link_blocks(m, r, false) } else { Ok(()) }
}

fn link_blocks(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Written {
    m.num("link_nodes", r.u8()? & 0x7f).flag("with_status", answer);
    let parts = std::iter::from_fn(|| Some((r.u8().ok()?, r.u16().ok()?, r.u8().ok()?, r.u16().ok()?, r.u16().ok()?)));
    m.objects("blocks", parts.take(LIST_MAX), |m, (node, cio, kind, dm, words)| {
        m.num("node", node & 0x7f).flag("warning", node & 0x80 != 0).num("cio_first", cio);
        m.num("dm_kind", kind).num("dm_first", dm).num("words", words);
    });
    Ok(())
}

fn protection(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    shorts(m, r, ["program"])?;
    bytes(m, r, ["protect_code"])?;
    number(m, "word", r.u32())?;
    number(m, "last_word", r.u32())?;
    m.flag("password_seen", r.left() > 0);
    Ok(())
}

fn controller(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    text(m, r, "model", MODEL)?;
    text(m, r, "version", MODEL)?;
    text(m, r, "system_text", 2 * MODEL)?;
    shorts(m, r, ["program_size"])?;
    bytes(m, r, ["io_size"])?;
    shorts(m, r, ["dm_words"])?;
    bytes(m, r, ["timers", "expansion_dm_size"])?;
    shorts(m, r, ["steps"])?;
    bytes(m, r, ["card_kind"])?;
    shorts(m, r, ["card_size"])?;
    if r.left() > 0 { bus_units(m, r) } else { Ok(()) }
}

fn bus_units(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    let mut words = r.sub(32)?;
    m.nums("bus_units", std::iter::from_fn(|| words.u16().ok())).hex("remote_io", r.take(32)?);
    bytes(m, r, ["remote_masters", "remote_masters_2", "pc_status"])
}

fn units(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    bytes(m, r, ["count"])?;
    m.objects("units", r.take_rest().chunks_exact(1 + MODEL), |m, part| {
        if let Some((unit, model)) = part.split_first() {
            m.num("unit", *unit).text("model", &clean(model));
        }
    });
    Ok(())
}

/// A nibble for each of 62 nodes, times, a bit (the highest first) and a count of errors for each node.
fn network(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    let states = r.take(31)?;
    shorts(m, r, ["cycle_time"])?;
    bytes(m, r, ["polling_node", "cyclic_operation", "cyclic_transmission"])?;
    let (faulty, counts) = (r.take(8)?, r.take_rest());
    m.objects("nodes", 0..62usize, |m, at| {
        let state = states.get(at / 2).map_or(0, |byte| byte >> (at % 2 * 4) & 15);
        let fault = faulty.get(at / 8).is_some_and(|byte| byte << (at % 8) & 0x80 != 0);
        m.num("node", at as u64 + 1).num("state", state).flag("non_fatal_error", fault).opt("errors", counts.get(at).copied());
    });
    Ok(())
}

/// A status, the master, and for each eight nodes a byte of errors, of running and of warnings.
fn links(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    bytes(m, r, ["link_status", "master_node"])?;
    let groups = r.take_rest();
    m.objects("nodes", 0..groups.len() / 3 * 8, |m, at| {
        let bit = |kind: usize| groups.get(at / 8 * 3 + kind).is_some_and(|byte| byte >> (at % 8) & 1 != 0);
        m.num("node", at as u64 + 1).flag("error", bit(0)).flag("running", bit(1)).flag("warning", bit(2));
    });
    Ok(())
}

/// Bits 14 and 15: read, clear, or numbers of user errors; the others: which messages.
fn messages(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    let word = r.u16()?;
    m.num("message_command", word >> 14).num("messages", word & 0x3fff);
    m.texts("texts", r.take_rest().chunks(MESSAGE).map(clean));
    Ok(())
}

fn errors(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    shorts(m, r, ["records_max", "records_stored", "count"])?;
    let records = std::iter::from_fn(|| Some((r.u16().ok()?, r.u16().ok()?, r.array::<6>().ok()?)));
    m.objects("records", records.take(LIST_MAX), |m, (first, second, [minute, second_of, day, hour, year, month])| {
        m.num("error", first).num("detail", second);
        m.show("time", format_args!("{year:02x}-{month:02x}-{day:02x} {hour:02x}:{minute:02x}:{second_of:02x}"));
    });
    Ok(())
}

/// Date and time of a file in four bytes: year from 1980, month, day; hour, minute, seconds by twos.
fn stamp(r: &mut Reader<'_>) -> Result<String, Short> {
    let (date, time) = (r.u16()?, r.u16()?);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
    Ok(format!("{}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}", 1980 + (date >> 9), date >> 5 & 15, date & 31))
}

fn directory(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    text(m, r, "label", NAME)?;
    m.text("label_time", &stamp(r)?);
    number(m, "capacity", r.u32())?;
    number(m, "unused", r.u32())?;
    shorts(m, r, ["files_total"])?;
    let count = r.u16()?;
    m.num("count", count & 0x7fff).flag("last", count & 0x8000 != 0);
    let files = std::iter::from_fn(|| Some((r.take(NAME).ok()?, stamp(r).ok()?, r.u32().ok()?)));
    m.objects("files", files.take(LIST_MAX), |m, (name, time, size)| {
        m.text("name", &clean(name)).text("time", &time).num("size", size);
    });
    Ok(())
}

fn file_part(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    number(m, "capacity", r.u32())?;
    number(m, "position", r.u32())?;
    shorts(m, r, ["length"])?;
    rest(m, r);
    Ok(())
}

fn file(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, command: u16) -> Written {
    match command {
        0x2201 => shorts(m, r, ["disk", "first", "count"]),
        0x2202 | 0x2203 => {
            shorts(m, r, ["disk"])?;
            if command == 0x2203 {
                shorts(m, r, ["parameter"])?;
            }
            text(m, r, "file", NAME)?;
            number(m, "position", r.u32())?;
            shorts(m, r, ["length"])?;
            rest(m, r);
            Ok(())
        }
        0x2204 => shorts(m, r, ["disk"]),
        0x2205 => {
            shorts(m, r, ["disk", "count"])?;
            m.texts("files", r.take_rest().chunks_exact(NAME).map(clean));
            Ok(())
        }
        0x2206 => {
            shorts(m, r, ["disk", "parameter"])?;
            text(m, r, "label", NAME)
        }
        0x2207 => {
            shorts(m, r, ["disk"])?;
            text(m, r, "file", NAME)?;
            shorts(m, r, ["to_disk"])?;
            text(m, r, "to_file", NAME)
        }
        0x2208 => {
            shorts(m, r, ["disk"])?;
            text(m, r, "file", NAME)?;
            text(m, r, "to_file", NAME)
        }
        0x2209 => {
            shorts(m, r, ["disk"])?;
            text(m, r, "file", NAME)
        }
        0x220a..=0x220c => transfer(m, r, command),
        0x220f => {
            shorts(m, r, ["block"])?;
            bytes(m, r, ["count"])
        }
        0x2210 => shorts(m, r, ["block"]),
        0x2211 => {
            block(m, r)?;
            shorts(m, r, ["block"])?;
            rest(m, r);
            Ok(())
        }
        _ => {
            rest(m, r);
            Ok(())
        }
    }
}

/// Between memory, parameters or programs and a file.
fn transfer(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, command: u16) -> Written {
    shorts(m, r, ["parameter"])?;
    match command {
        0x220a => {
            bytes(m, r, ["area"])?;
            shorts(m, r, ["word"])?;
            bytes(m, r, ["bit"])?;
            shorts(m, r, ["count"])?;
        }
        0x220b => shorts(m, r, ["parameter_area", "word", "count"])?,
        _ => {
            shorts(m, r, ["program"])?;
            number(m, "program_word", r.u32())?;
            number(m, "count", r.u32())?;
        }
    }
    shorts(m, r, ["disk"])?;
    m.text("file", &clean(r.take_rest()));
    Ok(())
}

/// Kind (protected, end, which) and number of blocks of a program in memory.
fn block(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    bytes(m, r, ["block_type", "control"])
}

fn blocks(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    shorts(m, r, ["blocks_left", "blocks_total"])?;
    bytes(m, r, ["memory_type"])?;
    m.objects("blocks", r.take_rest().chunks_exact(2), |m, pair| {
        if let [kind, control] = *pair {
            m.num("block_type", kind).num("control", control);
        }
    });
    Ok(())
}

fn forced(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    shorts(m, r, ["count"])?;
    let bits = std::iter::from_fn(|| Some((r.u16().ok()?, r.u8().ok()?, r.u16().ok()?, r.u8().ok()?)));
    m.objects("bits", bits.take(LIST_MAX), |m, (what, area, word, bit)| {
        m.num("specification", what).num("area", area).num("word", word).num("bit", bit);
    });
    Ok(())
}

fn forced_status(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Written {
    bytes(m, r, ["area"])?;
    shorts(m, r, ["word"])?;
    bytes(m, r, ["bit"])?;
    shorts(m, r, ["count"])?;
    rest(m, r);
    Ok(())
}

/// The clock with its day of the week, Sunday 0.
pub fn time(m: &mut MessageWriter<'_>, data: &[u8]) {
    m.text("clock", &clock(data).unwrap_or_default()).opt("weekday", data.get(6).copied());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    fn check(command: u16, is_answer: bool, data: &str, expected: &str) {
        let mut line = String::from("{\"at\":0");
        let mut m = MessageWriter::new(&mut line);
        let data = hex(data);
        let known = if is_answer { answer(&mut m, command, &data) } else { request(&mut m, command, &data) };
        drop(m);
        assert_eq!((known, line), (true, format!("{{\"at\":0{expected}}}")));
    }

    #[test]
    fn contents_by_command() {
        // A password stands behind the range, and is never written.
        check(
            0x0304,
            false,
            "0000 01 00000000 ffffffff 50415353",
            r#","program":0,"protect_code":1,"word":0,"last_word":4294967295,"password_seen":true"#,
        );
        check(0x0502, false, "01 19", r#","unit":1,"count":25"#);
        check(0x2101, false, "fffe", r#","error":65534"#);
        check(
            0x2102,
            true,
            "0001 0001 0001 80e1 80e9 010203040506",
            concat!(
                r#","records_max":1,"records_stored":1,"count":1,"#,
                r#""records":[{"error":32993,"detail":33001,"time":"05-06-03 04:01:02"}]"#
            ),
        );
        check(
            0x2207,
            false,
            "0000 612e74202020202020202020 0001 622e74202020202020202020",
            r#","disk":0,"file":"a.t","to_disk":1,"to_file":"b.t""#,
        );
        check(
            0x2301,
            false,
            "0001 8000 80 0000 01",
            r#","count":1,"bits":[{"specification":32768,"area":128,"word":0,"bit":1}]"#,
        );
        check(
            0x0603,
            true,
            "81 01 01 02 04",
            concat!(
                r#","link_status":129,"master_node":1,"nodes":[{"node":1,"error":true,"running":false,"warning":false},"#,
                r#"{"node":2,"error":false,"running":true,"warning":false},{"node":3,"error":false,"running":false,"warning":true},"#,
                r#"{"node":4,"error":false,"running":false,"warning":false},{"node":5,"error":false,"running":false,"warning":false},"#,
                r#"{"node":6,"error":false,"running":false,"warning":false},{"node":7,"error":false,"running":false,"warning":false},"#,
                r#"{"node":8,"error":false,"running":false,"warning":false}]"#
            ),
        );
        // Ends earlier: what was there stays.
        check(0x220f, true, "0001", r#","blocks_left":1"#);
    }
}
