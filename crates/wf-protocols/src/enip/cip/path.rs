//! Paths: segments that name an object, a tag, a port (CIP volume 1, appendix C-1.4).

use std::fmt::{self, Write};
use wf_wire::{Reader, Short};

/// Longest name of a tag or target, in characters.
const NAME_MAX: usize = 256;

/// A key that a device must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Vendor.
    pub vendor: u16,
    /// Device type.
    pub device_type: u16,
    /// Product code.
    pub product_code: u16,
    /// Major revision and compatibility flag.
    pub major: u8,
    /// Minor revision.
    pub minor: u8,
}

/// One segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Object class.
    Class(u32),
    /// Instance.
    Instance(u32),
    /// Member: an array index behind a symbol.
    Member(u32),
    /// Connection point.
    ConnectionPoint(u32),
    /// Attribute.
    Attribute(u32),
    /// Electronic key.
    Key(Key),
    /// Port and link address.
    Port(u16, &'a [u8]),
    /// Symbol: part of a tag's name.
    Symbol(&'a [u8]),
    /// Network segment.
    Network(u8),
    /// Data segment of configuration.
    Data(&'a [u8]),
    /// Another one.
    Other(u8),
}

/// A path; its segments are read as they are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path<'a>(pub &'a [u8]);

/// Iterator over segments; a truncated or unreadable one ends it with an error.
#[derive(Clone, Debug)]
pub struct Segments<'a>(Reader<'a>);

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, Short>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let segment = segment(&mut self.0);
        if matches!(segment, Err(_) | Ok(Segment::Other(_))) {
            self.0.take_rest();
        }
        Some(segment)
    }
}

fn segment<'a>(r: &mut Reader<'a>) -> Result<Segment<'a>, Short> {
    let kind = r.u8()?;
    Ok(match kind >> 5 {
        0 => port(kind, r)?,
        1 => logical(kind, r)?,
        2 => {
            let extended = kind & 0x10 != 0;
            let len = usize::from(r.u8()?) * if extended { 2 } else { 0 };
            r.skip(len)?;
            Segment::Network(kind)
        }
        3 => {
            let len = usize::from(kind & 0x1f);
            if len == 0 {
                return Ok(Segment::Other(kind)); // extended string: not used by devices known
            }
            let name = r.take(len)?;
            pad(len + 1, r);
            Segment::Symbol(name)
        }
        4 if kind == 0x91 => {
            let len = usize::from(r.u8()?);
            let name = r.take(len)?;
            pad(len, r);
            Segment::Symbol(name)
        }
        4 if kind == 0x80 => {
            let words = usize::from(r.u8()?);
            Segment::Data(r.take(words * 2)?)
        }
        _ => Segment::Other(kind),
    })
}

/// Segments are padded to an even number of bytes.
fn pad(len: usize, r: &mut Reader<'_>) {
    if len % 2 == 1 {
        let _ = r.skip(1);
    }
}

fn port<'a>(kind: u8, r: &mut Reader<'a>) -> Result<Segment<'a>, Short> {
    let link_len = if kind & 0x10 != 0 { usize::from(r.u8()?) } else { 1 };
    let number = match kind & 0x0f {
        15 => r.u16_le()?,
        small => u16::from(small),
    };
    let link = r.take(link_len)?;
    if kind & 0x10 != 0 {
        pad(link_len, r);
    }
    Ok(Segment::Port(number, link))
}

fn logical<'a>(kind: u8, r: &mut Reader<'a>) -> Result<Segment<'a>, Short> {
    if kind == 0x34 {
        let format = r.u8()?;
        let (vendor, device_type, product_code) = (r.u16_le()?, r.u16_le()?, r.u16_le()?);
        let key = Key { vendor, device_type, product_code, major: r.u8()?, minor: r.u8()? };
        if format == 5 {
            r.skip(4)?; // serial number
        }
        return Ok(Segment::Key(key));
    }
    let value = match kind & 3 {
        0 => u32::from(r.u8()?),
        1 => {
            r.skip(1)?;
            u32::from(r.u16_le()?)
        }
        2 => {
            r.skip(1)?;
            r.u32_le()?
        }
        _ => return Ok(Segment::Other(kind)),
    };
    Ok(match kind >> 2 & 7 {
        0 => Segment::Class(value),
        1 => Segment::Instance(value),
        2 => Segment::Member(value),
        3 => Segment::ConnectionPoint(value),
        4 => Segment::Attribute(value),
        _ => Segment::Other(kind),
    })
}

/// How far a path leads beyond the device at the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// Not at all.
    #[default]
    Direct,
    /// To another module in the same chassis.
    Backplane,
    /// Into another network.
    Remote,
}

/// What a path comes to: the first of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Object class.
    pub class: Option<u32>,
    /// Instance.
    pub instance: Option<u32>,
    /// Attribute.
    pub attribute: Option<u32>,
    /// Connection point.
    pub connection_point: Option<u32>,
    /// It names a symbol.
    pub symbolic: bool,
    /// Whether it goes through a port to another device.
    pub route: Route,
    /// A segment does not fit.
    pub truncated: bool,
}

impl<'a> Path<'a> {
    /// Its segments.
    pub const fn segments(self) -> Segments<'a> {
        Segments(Reader::new(self.0))
    }

    /// What it comes to.
    pub fn object(self) -> Object {
        let mut found = Object::default();
        for segment in self.segments() {
            match segment {
                Ok(Segment::Class(n)) => _ = found.class.get_or_insert(n),
                Ok(Segment::Instance(n)) => _ = found.instance.get_or_insert(n),
                Ok(Segment::Attribute(n)) => _ = found.attribute.get_or_insert(n),
                Ok(Segment::ConnectionPoint(n)) => _ = found.connection_point.get_or_insert(n),
                Ok(Segment::Symbol(_)) => found.symbolic = true,
                Ok(Segment::Port(1, [_])) => found.route = found.route.max(Route::Backplane),
                Ok(Segment::Port(..)) => found.route = Route::Remote,
                Ok(_) => {}
                Err(_) => found.truncated = true,
            }
        }
        found
    }

    /// The key that the device must match, if any.
    pub fn key(self) -> Option<Key> {
        self.segments().find_map(|s| if let Ok(Segment::Key(key)) = s { Some(key) } else { None })
    }

    /// Writes the tag's name: symbols joined by dots, indexes in brackets. A last index is left out and returned, so that
    /// the elements of an array can be numbered from it. An instance of the symbol class is `symbol 12`.
    pub fn tag(self, out: &mut String) -> Option<u32> {
        out.clear();
        let mut indexes: [u32; 3] = [0; 3];
        let mut count = 0usize;
        for segment in self.segments().map_while(Result::ok) {
            match segment {
                Segment::Member(n) => {
                    if let Some(slot) = indexes.get_mut(count) {
                        *slot = n;
                        count += 1;
                    }
                }
                Segment::Symbol(name) if out.len() < NAME_MAX => {
                    push_indexes(out, indexes.get(..count).unwrap_or(&[]));
                    count = 0;
                    if !out.is_empty() {
                        out.push('.');
                    }
                    let _ = write!(out, "{}", Printable(name));
                }
                Segment::Instance(n) if out.is_empty() => {
                    let _ = write!(out, "symbol {n}");
                }
                _ => {}
            }
        }
        match count {
            0 => None,
            1 => indexes.first().copied(),
            _ => {
                push_indexes(out, indexes.get(..count).unwrap_or(&[]));
                None
            }
        }
    }
}

fn push_indexes(out: &mut String, indexes: &[u32]) {
    for (at, index) in indexes.iter().enumerate() {
        let _ = write!(out, "{}{index}", if at == 0 { '[' } else { ',' });
    }
    if !indexes.is_empty() {
        out.push(']');
    }
}

/// Bytes as text, what does not print as dots.
struct Printable<'a>(&'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(NAME_MAX)
            .try_for_each(|b| f.write_char(if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments().take(32).enumerate() {
            if at > 0 {
                f.write_char(' ')?;
            }
            match segment {
                Ok(Segment::Class(n)) => write!(f, "class {n:#04x}")?,
                Ok(Segment::Instance(n)) => write!(f, "instance {n}")?,
                Ok(Segment::Member(n)) => write!(f, "[{n}]")?,
                Ok(Segment::ConnectionPoint(n)) => write!(f, "connection point {n}")?,
                Ok(Segment::Attribute(n)) => write!(f, "attribute {n}")?,
                Ok(Segment::Key(k)) => {
                    write!(f, "key {}/{}/{} {}.{}", k.vendor, k.device_type, k.product_code, k.major, k.minor)?
                }
                Ok(Segment::Port(port, link)) => show_link(f, port, link)?,
                Ok(Segment::Symbol(name)) => write!(f, "\"{}\"", Printable(name))?,
                Ok(Segment::Network(kind)) => write!(f, "network {kind:#04x}")?,
                Ok(Segment::Data(data)) => write!(f, "data {} bytes", data.len())?,
                Ok(Segment::Other(kind)) => write!(f, "segment {kind:#04x}")?,
                Err(_) => f.write_str("…")?,
            }
        }
        Ok(())
    }
}

fn show_link(f: &mut fmt::Formatter<'_>, port: u16, link: &[u8]) -> fmt::Result {
    match link {
        [slot] => write!(f, "port {port} link {slot}"),
        text => write!(f, "port {port} link {}", Printable(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let check = |bytes: &[u8], want: &str, object: Object| {
            assert_eq!((Path(bytes).to_string().as_str(), Path(bytes).object()), (want, object));
        };
        let none = Object::default();
        check(
            &[0x20, 1, 0x24, 1, 0x30, 7],
            "class 0x01 instance 1 attribute 7",
            Object { class: Some(1), instance: Some(1), attribute: Some(7), ..none },
        );
        check(
            &[0x21, 0, 0x2b, 3, 0x25, 0, 0x34, 0x12],
            "class 0x32b instance 4660",
            Object { class: Some(0x32b), instance: Some(0x1234), ..none },
        );
        check(
            &[1, 0, 0x20, 2, 0x24, 1],
            "port 1 link 0 class 0x02 instance 1",
            Object { class: Some(2), instance: Some(1), route: Route::Backplane, ..none },
        );
        check(&[0x12, 3, b'1', b'.', b'2', 0], "port 2 link 1.2", Object { route: Route::Remote, ..none });
        check(&[0x25, 0, 1], "…", Object { truncated: true, ..none });
    }

    #[test]
    fn tags() {
        let check = |bytes: &[u8], want: &str, index: Option<u32>| {
            let mut name = String::new();
            assert_eq!((Path(bytes).tag(&mut name), name.as_str()), (index, want));
        };
        check(b"\x91\x04Tank", "Tank", None);
        check(b"\x91\x05Tanks\0\x28\x03", "Tanks", Some(3));
        check(b"\x91\x05Tanks\0\x28\x03\x91\x05Level\0", "Tanks[3].Level", None);
        check(b"\x91\x04Grid\x28\x01\x28\x02", "Grid[1,2]", None);
        check(b"\x20\x6b\x25\0\x39\x30", "symbol 12345", None);
    }
}
