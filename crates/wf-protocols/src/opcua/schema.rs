//! Structures as data: which fields come one after another (OPC 10000-6, 5.2.6), and one walk over them that checks that
//! they are there and, where a message is wanted, writes them.

use super::certificate;
use super::structs;
use super::value::{DataValue, Scalar, Variant, builtin, type_name};
use super::wire::{self, DEPTH_MAX, Diagnostic, Fault, Object, Result, Text, Time};
use std::cell::Cell;
use wf_wire::{MessageWriter, Reader};

/// Levels of nested values that are written; what lies deeper is left out, for readers of the lines have limits, too.
const SHOWN_MAX: u8 = 16;
/// Bytes of byte strings and unknown bodies that are written.
const HEX_MAX: usize = 1024;

/// How a field is encoded.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A value of a built-in type.
    Is(u8),
    /// One that is never written: secrets, nonces, signatures.
    Hidden(u8),
    /// A certificate as a byte string: its thumbprint is written.
    Certificate,
    /// A number with names, as Int32.
    Enum(fn(u32) -> &'static str),
    /// Fields of their own; without a name for the whole.
    Struct(&'static [Field]),
    /// An array.
    List(&'static Self),
}

/// A field of a structure.
pub struct Field {
    /// Its name, snake case.
    pub name: &'static str,
    /// Its encoding.
    pub kind: Kind,
}

/// A table of fields: `name: kind, …`.
macro_rules! fields {
    ($($name:ident: $kind:expr),* $(,)?) => { &[$($crate::opcua::schema::Field { name: stringify!($name), kind: $kind }),*] };
}
pub(super) use fields;

/// Reads these fields; writes them where there is a writer.
pub fn walk(fields: &[Field], r: &mut Reader<'_>, mut w: Option<&mut MessageWriter<'_>>, depth: u8) -> Result<()> {
    fields.iter().try_for_each(|field| step(field, r, w.as_deref_mut(), depth))
}

/// Skips a field of that encoding.
pub fn skip(kind: &Kind, r: &mut Reader<'_>) -> Result<()> {
    step(&Field { name: "", kind: *kind }, r, None, 0)
}

fn step(field: &Field, r: &mut Reader<'_>, w: Option<&mut MessageWriter<'_>>, depth: u8) -> Result<()> {
    match field.kind {
        Kind::Is(kind) => {
            let value = Scalar::read(kind, r, depth)?;
            if let Some(w) = w {
                write(w, field.name, &value, depth);
            }
        }
        Kind::Hidden(kind) => {
            Scalar::read(kind, r, depth)?;
        }
        Kind::Certificate => {
            let der = wire::string(r)?;
            if let Some(w) = w
                && !der.is_empty()
            {
                w.text(field.name, &certificate::thumbprint(der));
            }
        }
        Kind::Enum(names) => {
            let number = r.u32_le()?;
            if let Some(w) = w {
                match names(number) {
                    "" => w.num(field.name, number),
                    name => w.text(field.name, name),
                };
            }
        }
        Kind::Struct(fields) => walk(fields, r, w, depth)?,
        Kind::List(item) => list(field.name, item, r, w, depth)?,
    }
    Ok(())
}

fn list(name: &'static str, item: &Kind, r: &mut Reader<'_>, w: Option<&mut MessageWriter<'_>>, depth: u8) -> Result<()> {
    let count = wire::count(r)?;
    let one = Field { name: "value", kind: *item };
    let Some(w) = w.filter(|_| count > 0) else {
        return (0..count).try_for_each(|_| step(&one, r, None, depth));
    };
    let bad = Cell::new(None);
    let turns = (0..count).take_while(|_| bad.get().is_none());
    let note = |fault: Fault| bad.set(Some(fault));
    match *item {
        Kind::Struct(_) | Kind::Is(builtin::DATA_VALUE | builtin::VARIANT | builtin::DIAGNOSTIC_INFO) => {
            w.objects(name, turns, |w, _| step(&one, r, Some(w), depth).unwrap_or_else(note));
        }
        Kind::Is(builtin::EXTENSION_OBJECT) => {
            w.objects(name, turns, |w, _| match Object::read(r) {
                Ok(whole) => object(w, &whole, depth),
                Err(fault) => note(fault),
            });
        }
        Kind::Is(kind @ builtin::BYTE..=9) => {
            let number = |value| if let Scalar::Unsigned(number) = value { i128::from(number) } else { 0 };
            w.nums(name, turns.map_while(|_| Scalar::read(kind, r, depth).map_err(note).ok()).map(number));
        }
        Kind::Is(kind) => {
            w.texts(name, turns.map_while(|_| Scalar::read(kind, r, depth).map_err(note).ok()));
        }
        Kind::Hidden(_) | Kind::Certificate | Kind::Enum(_) | Kind::List(_) => {
            turns.for_each(|_| step(&one, r, None, depth).unwrap_or_else(note));
        }
    }
    bad.get().map_or(Ok(()), Err)
}

/// Writes one value under that name.
fn write(w: &mut MessageWriter<'_>, name: &str, value: &Scalar<'_>, depth: u8) {
    match value {
        Scalar::Object(_) | Scalar::Data(_) | Scalar::Variant(_) if depth > SHOWN_MAX => _ = w.text(name, "…"),
        Scalar::Null => {}
        Scalar::Flag(flag) => _ = w.flag(name, *flag),
        Scalar::Signed(number) => _ = w.num(name, *number),
        Scalar::Unsigned(number) => _ = w.num(name, *number),
        Scalar::Float(number) => _ = w.float(name, widened(*number)),
        Scalar::Double(number) => _ = w.float(name, *number),
        Scalar::Text(text) => _ = w.show(name, Text(text)),
        Scalar::Localized { locale, text } => {
            w.show(name, Text(text));
            if !locale.is_empty() {
                w.show(&format!("{name}_locale"), Text(locale));
            }
        }
        Scalar::Bytes(bytes) => _ = w.hex(name, bytes.get(..HEX_MAX).unwrap_or(bytes)),
        Scalar::Object(whole) => {
            let empty = whole.encoding == 0 && whole.kind.standard() == Some(0);
            if !empty {
                w.objects(name, [whole], |w, whole| object(w, whole, depth));
            }
        }
        Scalar::Data(data) => data_value(w, name, data, depth),
        Scalar::Variant(value) => variant(w, name, value, depth),
        Scalar::Diagnostic(levels) => diagnostic(w, name, *levels),
        Scalar::Time(_) | Scalar::Guid(_) | Scalar::Node(_) | Scalar::Status(_) | Scalar::Name(_) => _ = w.show(name, value),
    }
}

/// The double with the fewest digits that is this float.
fn widened(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}

fn data_value(w: &mut MessageWriter<'_>, name: &str, data: &DataValue<'_>, depth: u8) {
    if let Some(value) = &data.value {
        variant(w, name, value, depth);
    }
    if data.status != 0 {
        w.show("status", Scalar::Status(data.status));
    }
    if data.status & 0xffff != 0 {
        // Which of the flags of the low word are set (OPC 10000-4, 7.39.1).
        w.num("status_code", data.status);
    }
    let times = [
        ("source_timestamp", "source_picoseconds", data.source_time),
        ("server_timestamp", "server_picoseconds", data.server_time),
    ];
    for (name, rest, (time, tens)) in times {
        if let Some(time) = time {
            w.show(name, Time(time));
        }
        if tens != 0 {
            w.num(rest, u32::from(tens) * 10);
        }
    }
}

/// A type and its value or values.
fn variant(w: &mut MessageWriter<'_>, name: &str, value: &Variant<'_>, depth: u8) {
    w.text("type", type_name(value.kind));
    match value.scalar() {
        // By itself, so that its type and times do not stand beside those of what holds it.
        Some(Scalar::Data(data)) if depth < SHOWN_MAX => {
            w.objects(name, [data], |w, data| data_value(w, "value", &data, depth + 1));
            return;
        }
        Some(scalar) => return write(w, name, &scalar, depth + 1),
        None => {}
    }
    if !value.array {
        return;
    }
    let elements = value.elements();
    let number = |value| match value {
        Scalar::Signed(number) => i128::from(number),
        Scalar::Unsigned(number) => i128::from(number),
        _ => 0,
    };
    match value.kind {
        builtin::BOOLEAN => _ = w.nums(name, elements.map(|value| u8::from(matches!(value, Scalar::Flag(true))))),
        2..=9 => _ = w.nums(name, elements.map(number)),
        10 => _ = w.floats(name, elements.map(|v| if let Scalar::Float(number) = v { widened(number) } else { 0.0 })),
        builtin::DOUBLE => _ = w.floats(name, elements.map(|v| v.number().unwrap_or(0.0))),
        builtin::EXTENSION_OBJECT => {
            w.objects(name, elements, |w, value| {
                if let Scalar::Object(whole) = value {
                    object(w, &whole, depth);
                }
            });
        }
        builtin::DATA_VALUE..=builtin::DIAGNOSTIC_INFO => {
            w.objects(name, elements, |w, value| write(w, "value", &value, depth + 1));
        }
        _ => _ = w.texts(name, elements.map(|value| if let Scalar::Null = value { Scalar::Text(&[]) } else { value })),
    }
    if !value.dimensions.is_empty() {
        let mut r = Reader::new(value.dimensions);
        w.nums("dimensions", std::iter::from_fn(|| r.u32_le().ok()));
    }
}

/// An ExtensionObject: the fields of a type that is known, the bytes of one that is not.
fn object(w: &mut MessageWriter<'_>, whole: &Object<'_>, depth: u8) {
    w.show("type_id", whole.kind);
    let known = whole.binary().and_then(|(number, r)| Some((structs::find(number)?, r)));
    match known {
        Some((kind, mut r)) if depth <= SHOWN_MAX => {
            w.text("type_name", kind.name);
            if walk(kind.fields, &mut r, Some(w), depth + 1).is_err() {
                w.flag("truncated", true);
            }
        }
        _ if whole.body.is_empty() => {}
        _ => {
            w.num("body_bytes", whole.body.len() as u64).hex("body", whole.body.get(..HEX_MAX).unwrap_or(whole.body));
        }
    }
}

/// The levels of a DiagnosticInfo, outermost first.
fn diagnostic(w: &mut MessageWriter<'_>, name: &str, mut r: Reader<'_>) {
    if r.peek(0) == Some(0) {
        return;
    }
    let mut more = true;
    let levels = std::iter::from_fn(|| {
        let level = if more { Diagnostic::read(&mut r).ok() } else { None };
        more = level.is_some_and(|level| level.more);
        level
    });
    w.objects(name, levels.take(usize::from(DEPTH_MAX)), |w, level| {
        w.opt("symbolic_id", level.symbolic_id).opt("namespace_uri", level.namespace);
        w.opt("locale", level.locale).opt("localized_text", level.localized_text);
        if let Some(info) = level.additional_info {
            w.show("additional_info", Text(info));
        }
        if let Some(status) = level.inner_status {
            w.show("inner_status_code", Scalar::Status(status));
        }
    });
}
