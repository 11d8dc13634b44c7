//! Names of objects and lists of variables (ISO 9506-2, 7.5 and 14).

use crate::ber::{self, Element, Elements, SEQUENCE};
use crate::process_bus::visible;
use std::fmt;

/// Steps into a variable that are shown.
const STEPS_MAX: usize = 8;

/// ObjectName: `domain/item`, `item` of the whole device, `@item` of the association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// Of the whole virtual device.
    Vmd(&'a [u8]),
    /// Of a domain.
    Domain(&'a [u8], &'a [u8]),
    /// Of this association alone.
    Association(&'a [u8]),
}

impl<'a> Name<'a> {
    /// Reads the choice.
    #[must_use]
    pub fn read(e: &Element<'a>) -> Option<Self> {
        match e.context()? {
            0 => Some(Self::Vmd(e.bytes)),
            1 => {
                let mut parts = e.elements();
                Some(Self::Domain(parts.next()?.bytes, parts.next()?.bytes))
            }
            2 => Some(Self::Association(e.bytes)),
            _ => None,
        }
    }

    /// Reads the choice inside an explicit tag.
    #[must_use]
    pub fn inside(e: &Element<'a>) -> Option<Self> {
        e.elements().next().and_then(|e| Self::read(&e))
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vmd(item) => f.write_str(&visible(item)),
            Self::Domain(domain, item) => write!(f, "{}/{}", visible(domain), visible(item)),
            Self::Association(item) => write!(f, "@{}", visible(item)),
        }
    }
}

/// What is read, written or reported.
#[derive(Clone, Copy, Debug)]
pub enum Access<'a> {
    /// Variables one by one.
    List(Elements<'a>),
    /// A list of variables by its name.
    Named(Name<'a>),
}

impl<'a> Access<'a> {
    /// Reads VariableAccessSpecification.
    #[must_use]
    pub fn read(e: &Element<'a>) -> Option<Self> {
        match e.context()? {
            0 => Some(Self::List(e.elements())),
            1 => Name::inside(e).map(Self::Named),
            _ => None,
        }
    }

    /// The variables, where they are listed.
    pub fn variables(&self) -> impl Iterator<Item = Variable<'a>> + use<'a> {
        let list = match self {
            Self::List(elements) => *elements,
            Self::Named(_) => Elements::new(&[]),
        };
        list.map(|e| Variable::read(&e))
    }
}

/// One variable, and which part of it.
#[derive(Clone, Copy, Debug)]
pub struct Variable<'a> {
    /// Its name, where it has one.
    pub name: Option<Name<'a>>,
    address: Option<Element<'a>>,
    part: Option<Element<'a>>,
}

impl<'a> Variable<'a> {
    fn read(e: &Element<'a>) -> Self {
        let mut fields = e.elements();
        let specification = if e.tag == SEQUENCE { fields.next() } else { Some(*e) };
        let name = specification.filter(|s| s.context() == Some(0)).and_then(|s| Name::inside(&s));
        let address = specification.filter(|s| s.context() == Some(1));
        Self { name, address, part: fields.find(|e| e.context() == Some(5)) }
    }
}

impl fmt::Display for Variable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.address) {
            (Some(name), _) => write!(f, "{name}")?,
            (None, Some(address)) => write_address(f, address)?,
            (None, None) => f.write_str("unnamed")?,
        }
        self.part.map_or(Ok(()), |part| write_part(f, part))
    }
}

/// Address: numeric, symbolic or unconstrained.
fn write_address(f: &mut fmt::Formatter<'_>, e: &Element<'_>) -> fmt::Result {
    let Some(address) = e.elements().next() else { return f.write_str("address") };
    match address.context() {
        Some(0) => write!(f, "address {}", ber::unsigned(address.bytes).unwrap_or(0)),
        Some(1) => write!(f, "address {}", visible(address.bytes)),
        _ => {
            f.write_str("address ")?;
            address.bytes.iter().take(32).try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }
}

/// AlternateAccess: `$component`, `[3]`, `[3..7]` one behind another.
fn write_part(f: &mut fmt::Formatter<'_>, part: Element<'_>) -> fmt::Result {
    let mut at = part.elements().next();
    for _ in 0..STEPS_MAX {
        let Some(step) = at else { break };
        at = None;
        match step.context() {
            // selectAlternateAccess: a step, and what is selected behind it
            Some(0) => {
                let mut inner = step.elements();
                if let Some(first) = inner.next() {
                    write_step(f, &first, first.context())?;
                }
                at = inner.next().and_then(|e| if e.tag == SEQUENCE { e.elements().next() } else { Some(e) });
            }
            Some(number @ 1..=4) => write_step(f, &step, Some(number - 1))?,
            // a named selection
            Some(5) => at = step.elements().find(|e| e.context() != Some(0)),
            _ => {}
        }
    }
    Ok(())
}

fn write_step(f: &mut fmt::Formatter<'_>, e: &Element<'_>, choice: Option<u32>) -> fmt::Result {
    match choice {
        Some(0) => write!(f, "${}", visible(e.bytes)),
        Some(1) => write!(f, "[{}]", ber::unsigned(e.bytes).unwrap_or(0)),
        Some(2) => {
            let mut numbers = e.elements().map(|e| ber::unsigned(e.bytes).unwrap_or(0));
            let (low, count) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            write!(f, "[{low}..{}]", low.saturating_add(count))
        }
        _ => f.write_str("[]"),
    }
}

/// FileName: parts that make a path together.
#[must_use]
pub fn file_name(e: &Element<'_>) -> String {
    let mut name = String::new();
    for part in e.elements().take(16) {
        name.push_str(crate::hints::bounded(&crate::hints::clean(part.bytes), 255));
    }
    name
}
