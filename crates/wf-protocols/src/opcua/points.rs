//! Points: an attribute of a node, an element of its value; and the values that are told of them.

use super::value::{DataValue, Scalar, bounded};
use super::wire::{Id, NodeId, Text};
use super::{NAME, names, status};
use std::fmt::{self, Write};
use wf_wire::decode::{Coded, Context, Direction, Measurement, Sink, Target, Value};

/// Elements of an array that are told as points.
const ELEMENTS_MAX: usize = 64;

/// What a value belongs to.
#[derive(Clone, Copy)]
pub enum Point<'a> {
    /// An attribute of a node; part of an array where a range is said.
    Node {
        /// The node.
        node: NodeId<'a>,
        /// Number of the attribute.
        attribute: u32,
        /// Range of indices as said, or empty.
        range: &'a [u8],
    },
    /// The same, already in words.
    Named(&'a str),
    /// An item of a subscription that was made before the capture began.
    Item {
        /// Number of the subscription.
        subscription: u32,
        /// The client's name for the item.
        handle: u32,
    },
}

impl<'a> Point<'a> {
    /// The same in words where that is how it is told, so that it is put into words once; else as it is.
    pub fn in_words(self, named: &'a mut String) -> Self {
        match self {
            Self::Node { node, attribute, range } if !self.is_coded() && self.standard().is_none() => {
                named.clear();
                let _ = words(named, &node, attribute, range);
                Self::Named(named)
            }
            point => point,
        }
    }

    /// Numbers say which it is.
    const fn is_coded(&self) -> bool {
        match self {
            Self::Node { node: NodeId { id: Id::Numeric(_), .. }, range: [], .. } | Self::Item { .. } => true,
            Self::Node { .. } | Self::Named(_) => false,
        }
    }

    /// As a target; `element` within an array.
    pub fn target<'s>(&'s self, element: Option<usize>, scratch: &'s mut String) -> Target<'s> {
        let element = element.map_or(0, |at| at as u64 + 1);
        match *self {
            Self::Node { node: NodeId { namespace, id: Id::Numeric(number) }, attribute, range: [] } => {
                let numbers = [u64::from(namespace), u64::from(number), u64::from(attribute), element];
                return Target::Coded(Coded { numbers, show: show_node });
            }
            Self::Item { subscription, handle } => {
                let numbers = [u64::from(subscription), u64::from(handle), 0, element];
                return Target::Coded(Coded { numbers, show: show_item });
            }
            Self::Named(name) if element == 0 => return Target::Text(name),
            _ => {}
        }
        scratch.clear();
        let _ = match *self {
            Self::Named(name) => scratch.write_str(name),
            Self::Node { node, attribute, range } => words(scratch, &node, attribute, range),
            Self::Item { .. } => Ok(()),
        };
        let _ = bracket(scratch, element);
        Target::Text(scratch)
    }

    /// The number of a node of the server's own, where it is the value of one.
    pub const fn standard(&self) -> Option<u32> {
        match self {
            Self::Node { node, attribute: names::VALUE, .. } => node.standard(),
            _ => None,
        }
    }
}

/// `ns=2;s=Pump.Speed`, `ns=2;s=Pump.Speed DisplayName`, `ns=2;s=Pump.Speeds[0:3]`.
pub fn words(out: &mut impl Write, node: &NodeId<'_>, attribute: u32, range: &[u8]) -> fmt::Result {
    write!(out, "{node}")?;
    match names::attribute(attribute) {
        _ if attribute == names::VALUE => {}
        "" => write!(out, " attribute {attribute}")?,
        name => write!(out, " {name}")?,
    }
    if range.is_empty() { Ok(()) } else { write!(out, "[{}]", Text(range)) }
}

fn bracket(out: &mut impl Write, element: u64) -> fmt::Result {
    if element == 0 { Ok(()) } else { write!(out, "[{}]", element - 1) }
}

fn show_node(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [namespace, number, attribute, element] = *numbers;
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let node = NodeId { namespace: u16::try_from(namespace).unwrap_or(u16::MAX), id: Id::Numeric(narrow(number)) };
    words(f, &node, narrow(attribute), &[])?;
    bracket(f, element)
}

fn show_item(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [subscription, handle, _, element] = *numbers;
    write!(f, "subscription {subscription} item {handle}")?;
    bracket(f, element)
}

/// A subscription as a target.
pub fn subscription(number: u32) -> Target<'static> {
    Target::Coded(Coded { numbers: [u64::from(number), 0, 0, 0], show: show_subscription })
}

fn show_subscription(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [subscription, ..] = *numbers;
    write!(f, "subscription {subscription}")
}

/// Tells a value, element by element where it is an array. `device` says which way values of the point's holder travel.
pub fn measure(
    ctx: &Context<'_>,
    device: Direction,
    point: Point<'_>,
    data: &DataValue<'_>,
    scratch: &mut String,
    out: &mut dyn Sink,
) {
    let Some(value) = data.value else { return };
    let quality = status::quality(data.status);
    let own = point.standard().is_some();
    for (at, scalar) in value.elements().take(ELEMENTS_MAX).enumerate() {
        let element = value.array.then_some(at);
        let mut say = |value: Value<'_>| {
            let point = point.target(element, scratch);
            out.measurement(ctx, NAME, Measurement { device, point, value, quality });
        };
        match scalar {
            Scalar::Flag(flag) => say(Value::Flag(flag)),
            Scalar::Signed(_) | Scalar::Unsigned(_) | Scalar::Float(_) | Scalar::Double(_) => {
                say(Value::Number(scalar.number().unwrap_or(f64::NAN)));
            }
            // The server's own texts and clocks are no process values.
            _ if own => {}
            Scalar::Text(text) | Scalar::Localized { text, .. } => match std::str::from_utf8(text) {
                Ok(text) => say(Value::Text(crate::hints::bounded(text, 200))),
                Err(_) => say(Value::Text(&bounded(scalar))),
            },
            Scalar::Time(_) | Scalar::Guid(_) | Scalar::Node(_) | Scalar::Status(_) | Scalar::Name(_) | Scalar::Bytes(_) => {
                say(Value::Text(&bounded(scalar)));
            }
            Scalar::Null | Scalar::Object(_) | Scalar::Data(_) | Scalar::Variant(_) | Scalar::Diagnostic(_) => {}
        }
    }
}
