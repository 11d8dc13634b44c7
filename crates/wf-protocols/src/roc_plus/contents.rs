//! What the opcodes for history, logs, tables, files and messages of others carry (D301180X012, chapter 2), for `decode`.
//! Numbers have their least significant byte first; what is missing at the end is left out.

use super::file;
use super::frame::Address;
use super::names::opcode;
use super::value::Point;
use crate::hints::clean;
use wf_wire::{MessageWriter, Reader, Short};

/// Elements of one list that are written.
const LIST_MAX: usize = 256;
/// Bytes of one alarm and one event.
const ALARM: usize = 23;
const EVENT: usize = 22;
/// Bytes of a time in the history of a point.
const TIME: usize = 5;
/// Bytes of a path and of a file's name.
const PATH: usize = 100;
const NAME: usize = 25;

/// Writes what an opcode's data say, as far as they go.
pub fn write(m: &mut MessageWriter<'_>, code: u8, data: &[u8], answer: bool) {
    let mut r = Reader::new(data);
    // Where data end before what is to follow, what was written stays.
    let _ = match code {
        opcode::SYSTEM if answer => system(m, &mut r),
        opcode::READ_TABLE | opcode::WRITE_TABLE => table(m, &mut r, code == opcode::READ_TABLE && answer),
        24 => forwarded(m, &mut r),
        50 => positions(m, &mut r, answer),
        100 => user_information(m, &mut r),
        105 => extremes(m, &mut r),
        108 => tags(m, &mut r, answer),
        118 | 119 => log(m, &mut r, if code == 118 { ALARM } else { EVENT }, answer),
        135..=138 => history(m, &mut r, code, answer),
        139 => information(m, &mut r, answer),
        opcode::FILE => transfer(m, &mut r, answer),
        205 => peer(m, &mut r, answer),
        206 => transactions(m, &mut r, answer),
        224 | 225 if !answer => number(m, "alarm_index", r.u16_le()),
        _ => Ok(()),
    };
}

fn number(m: &mut MessageWriter<'_>, name: &str, read: Result<impl Into<i128>, Short>) -> Result<(), Short> {
    m.num(name, read?);
    Ok(())
}

/// Bytes, each a number of its own under its own name.
fn bytes<const N: usize>(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, names: [&str; N]) -> Result<(), Short> {
    names.iter().try_for_each(|name| number(m, name, r.u8()))
}

fn shorts<const N: usize>(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, names: [&str; N]) -> Result<(), Short> {
    names.iter().try_for_each(|name| number(m, name, r.u16_le()))
}

fn longs(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, name: &str) {
    m.nums(name, std::iter::from_fn(|| r.u32_le().ok()).take(LIST_MAX));
}

fn address(r: &mut Reader<'_>) -> Result<Address, Short> {
    Ok(Address { unit: r.u8()?, group: r.u8()? })
}

fn system(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), Short> {
    r.skip(1)?;
    number(m, "port", r.u16_le())?;
    bytes(m, r, ["access_mode", "compatibility", "revision", "subtype"])?;
    r.skip(12)?;
    m.nums("point_types", r.rest().iter().copied().take(LIST_MAX));
    Ok(())
}

fn table(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, versioned: bool) -> Result<(), Short> {
    bytes(m, r, ["table", "first", "count"])?;
    if versioned {
        m.float("version", f64::from(r.f32_le()?));
    }
    m.hex("values", r.rest());
    Ok(())
}

fn forwarded(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), Short> {
    m.show("host", address(r)?);
    let mut via = [Address { unit: 0, group: 0 }; 4];
    for place in &mut via {
        *place = address(r)?;
    }
    m.texts("via", via);
    bytes(m, r, ["forwarded_opcode", "count"])?;
    m.hex("values", r.rest());
    Ok(())
}

fn positions(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    if answer {
        m.hex("values", r.rest());
        return Ok(());
    }
    number(m, "asked", r.u8())
}

fn user_information(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), Short> {
    bytes(m, r, ["command", "first", "count"])?;
    m.nums("point_types", r.rest().iter().copied());
    Ok(())
}

fn extremes(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), Short> {
    bytes(m, r, ["segment", "history_point"])?;
    number(m, "method", r.u8())?;
    m.show("point", Point::read(r)?);
    for name in ["current", "minimum", "maximum"] {
        m.float(name, f64::from(r.f32_le()?));
    }
    for name in ["minimum_time", "maximum_time"] {
        m.hex(name, r.take(TIME)?);
    }
    for name in ["yesterday_minimum", "yesterday_maximum"] {
        m.float(name, f64::from(r.f32_le()?));
    }
    for name in ["yesterday_minimum_time", "yesterday_maximum_time"] {
        m.hex(name, r.take(TIME)?);
    }
    m.float("last_period", f64::from(r.f32_le()?));
    Ok(())
}

fn tags(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    number(m, "segment", r.u8())?;
    let count = r.u8()?;
    m.num("count", count);
    if answer {
        number(m, "periodic_index", r.u16_le())?;
    }
    m.nums("history_points", r.take(usize::from(count))?.iter().copied());
    if answer {
        m.text("tags", &clean(r.rest()));
    }
    Ok(())
}

fn log(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, size: usize, answer: bool) -> Result<(), Short> {
    number(m, "count", r.u8())?;
    shorts(m, r, ["first"])?;
    if answer {
        shorts(m, r, ["current"])?;
        m.objects("records", r.rest().chunks_exact(size), |m, record| {
            m.hex("bytes", record);
        });
    }
    Ok(())
}

fn history(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, code: u8, answer: bool) -> Result<(), Short> {
    number(m, "segment", r.u8())?;
    match (code, answer) {
        (135, false) => {
            bytes(m, r, ["history_point", "kind"])?;
            shorts(m, r, ["first"])?;
            number(m, "count", r.u8())
        }
        (135, true) => {
            number(m, "history_point", r.u8())?;
            shorts(m, r, ["current"])?;
            number(m, "count", r.u8())?;
            longs(m, r, "elements");
            Ok(())
        }
        (136, false) => {
            shorts(m, r, ["first"])?;
            bytes(m, r, ["kind", "history_point", "points", "periods"])
        }
        (136, true) => {
            shorts(m, r, ["first", "current"])?;
            number(m, "count", r.u8())?;
            longs(m, r, "elements");
            Ok(())
        }
        (137, false) => bytes(m, r, ["day", "month"]),
        (137, true) => shorts(m, r, ["first", "periods", "daily", "days"]),
        (_, false) => bytes(m, r, ["history_point", "day", "month"]),
        (_, true) => {
            bytes(m, r, ["history_point", "day", "month"])?;
            shorts(m, r, ["periods", "days"])?;
            longs(m, r, "elements");
            Ok(())
        }
    }
}

fn information(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    let command = r.u8()?;
    m.num("command", command);
    number(m, "segment", r.u8())?;
    match (command, answer) {
        (0, false) => Ok(()),
        (0, true) => {
            number(m, "count", r.u8())?;
            m.nums("history_points", r.rest().iter().copied());
            Ok(())
        }
        (_, false) => {
            shorts(m, r, ["first"])?;
            bytes(m, r, ["kind", "periods", "timestamps", "count"])?;
            m.nums("history_points", r.rest().iter().copied());
            Ok(())
        }
        (_, true) => {
            shorts(m, r, ["current"])?;
            bytes(m, r, ["periods", "timestamps", "count"])?;
            longs(m, r, "elements");
            Ok(())
        }
    }
}

fn transfer(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    let data = r.rest();
    let command = r.u8()?;
    m.num("command", command);
    let named = |m: &mut MessageWriter<'_>, r: &mut Reader<'_>| -> Result<(), Short> {
        m.text("path", &clean(r.take(PATH)?)).text("file_name", &clean(r.take(NAME)?));
        Ok(())
    };
    match (command, answer) {
        (1, false) => {
            number(m, "options", r.u8())?;
            named(m, r)
        }
        (1, true) | (4, false) => number(m, "descriptor", r.u32_le()),
        (2, true) | (3, false) => {
            for name in ["descriptor", "size", "offset"] {
                number(m, name, r.u32_le())?;
            }
            number(m, "count", r.u8())?;
            m.hex("values", r.rest());
            Ok(())
        }
        (2, false) | (3, true) => {
            number(m, "descriptor", r.u32_le())?;
            number(m, "offset", r.u32_le())
        }
        (5, false) => named(m, r),
        (6 | 0x40, false) => {
            m.text("path", &clean(r.take(PATH)?));
            // The place in the list has one byte, or two; a name may stand there too.
            let rest = r.rest();
            match rest.len() {
                1 | 2 => m.num("first", rest.iter().rev().fold(0u16, |sum, byte| sum << 8 | u16::from(*byte))),
                _ => m.text("file_name", &clean(rest)),
            };
            Ok(())
        }
        (6 | 0x40, true) => {
            number(m, "more", r.u8())?;
            if command == 6 {
                number(m, "files", r.u8())?
            } else {
                shorts(m, r, ["files"])?
            }
            m.texts("file_names", r.rest().split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(clean));
            Ok(())
        }
        _ => {
            if let Some(name) = file::name(data).filter(|_| !answer) {
                m.text("path", &name);
            }
            Ok(())
        }
    }
}

fn peer(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    bytes(m, r, ["network", "index"])?;
    if !answer {
        bytes(m, r, ["forwarded_opcode", "count"])?;
    }
    m.hex("values", r.rest());
    Ok(())
}

fn transactions(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, answer: bool) -> Result<(), Short> {
    let command = r.u8()?;
    m.num("command", command);
    match (command, answer) {
        (1, false) => {
            number(m, "segment", r.u8())?;
            shorts(m, r, ["first"])
        }
        (_, false) => {
            number(m, "segment", r.u8())?;
            shorts(m, r, ["transaction", "offset"])
        }
        (1, true) => {
            bytes(m, r, ["count", "more"])?;
            m.text("description", &clean(r.take(10)?));
            shorts(m, r, ["payload_size"])?;
            let listed = std::iter::from_fn(|| Some((r.u16_le().ok()?, r.u32_le().ok()?)));
            m.objects("transactions", listed.take(LIST_MAX), |m, (number, created)| {
                m.num("number", number).num("created", created);
            });
            Ok(())
        }
        (_, true) => {
            bytes(m, r, ["size", "more"])?;
            m.hex("values", r.rest());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    fn check(code: u8, answer: bool, data: &str, expected: &str) {
        let mut line = String::from("{\"at\":0");
        write(&mut MessageWriter::new(&mut line), code, &hex(data), answer);
        assert_eq!(line, format!("{{\"at\":0{expected}}}"));
    }

    #[test]
    fn contents_by_opcode() {
        check(10, true, "01 00 01 0000803f 42", r#","table":1,"first":0,"count":1,"version":1,"values":"42""#);
        check(
            24,
            false,
            "0102 0304 0506 0708 090a 0b 01 42",
            r#","host":"1.2","via":["3.4","5.6","7.8","9.10"],"forwarded_opcode":11,"count":1,"values":"42""#,
        );
        check(137, true, "00 e803 6000 f401 1800", r#","segment":0,"first":1000,"periods":96,"daily":500,"days":24"#);
        check(
            108,
            true,
            "01 01 d204 05 5441",
            r#","segment":1,"count":1,"periodic_index":1234,"history_points":[5],"tags":"TA""#,
        );
        check(203, true, "06 00 02 612e74 00 622e74 0000", r#","command":6,"more":0,"files":2,"file_names":["a.t","b.t"]"#);
        check(206, false, "02 01 0500 0000", r#","command":2,"segment":1,"transaction":5,"offset":0"#);
        // Ends earlier: what was there stays.
        check(105, true, "01 02 00", r#","segment":1,"history_point":2,"method":0"#);
        check(118, false, "0a", r#","count":10"#);
    }
}
