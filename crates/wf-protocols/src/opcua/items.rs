//! What a request asks for, item by item, and what the answer says to each.

use super::names;
use super::schema::{Kind, skip, walk};
use super::services::{self, Service};
use super::structs;
use super::value::{Arguments, DataValue, TEXT_MAX, bounded};
use super::wire::{self, Expanded, NodeId, Object, Qualified, Result};
use crate::hints::Limited;
use std::fmt::Write;
use wf_model::Category;
use wf_wire::Reader;

/// One item of a request.
pub struct Item<'a> {
    /// The node that it is about.
    pub node: NodeId<'a>,
    /// Attribute of the node.
    pub attribute: u32,
    /// Range of indices, or empty.
    pub range: &'a [u8],
    /// What is done with it.
    pub act: Act<'a>,
}

/// What is done with an item.
#[derive(Clone, Copy)]
pub enum Act<'a> {
    /// It is asked for.
    Ask,
    /// A value is written.
    Write(DataValue<'a>),
    /// A method of the object is called.
    Call {
        /// The method.
        method: NodeId<'a>,
        /// Its arguments.
        arguments: Arguments<'a>,
    },
    /// A path is followed from it.
    Follow(Reader<'a>),
    /// A node is made; `item.node` is the one asked for, or null.
    Make {
        /// Its class.
        class: u32,
        /// Its name.
        name: Qualified<'a>,
        /// Below which node.
        parent: Expanded<'a>,
    },
    /// A reference to that node is made or deleted.
    Refer {
        /// Type of the reference.
        kind: NodeId<'a>,
        /// Where it leads.
        target: Expanded<'a>,
    },
    /// It is removed.
    Remove,
    /// It is monitored.
    Monitor {
        /// The client's name for it.
        handle: u32,
        /// Its filter.
        filter: Object<'a>,
    },
    /// Its history is changed.
    Rewrite(Object<'a>),
}

impl<'a> Item<'a> {
    const fn of(node: NodeId<'a>, act: Act<'a>) -> Self {
        Self { node, attribute: names::VALUE, range: &[], act }
    }

    fn read(service: u32, r: &mut Reader<'a>) -> Result<Self> {
        Ok(match service {
            services::READ => read_value_id(r)?,
            services::WRITE => {
                let (node, attribute, range) = (NodeId::read(r)?, r.u32_le()?, wire::string(r)?);
                Self { node, attribute, range, act: Act::Write(DataValue::read(r, 0)?) }
            }
            services::CALL => {
                let (object, method) = (NodeId::read(r)?, NodeId::read(r)?);
                Self::of(object, Act::Call { method, arguments: Arguments::read(r)? })
            }
            services::TRANSLATE => Self::of(NodeId::read(r)?, Act::Follow(*r)),
            services::ADD_NODES => {
                let parent = Expanded::read(r)?;
                NodeId::read(r)?;
                let (node, name, class) = (Expanded::read(r)?.node, Qualified::read(r)?, r.u32_le()?);
                Self::of(node, Act::Make { class, name, parent })
            }
            services::ADD_REFERENCES | services::DELETE_REFERENCES => {
                let (node, kind) = (NodeId::read(r)?, NodeId::read(r)?);
                r.skip(1)?;
                if service == services::ADD_REFERENCES {
                    wire::string(r)?;
                }
                Self::of(node, Act::Refer { kind, target: Expanded::read(r)? })
            }
            services::DELETE_NODES => Self::of(NodeId::read(r)?, Act::Remove),
            services::HISTORY_UPDATE => {
                let details = Object::read(r)?;
                // All details begin with the node that they change (OPC 10000-11, 6.9).
                let node = NodeId::read(&mut Reader::new(details.body)).unwrap_or(NodeId::NULL);
                Self::of(node, Act::Rewrite(details))
            }
            services::CREATE_MONITORED_ITEMS => {
                let item = read_value_id(r)?;
                r.u32_le()?;
                let handle = r.u32_le()?;
                r.f64_le()?;
                Self { act: Act::Monitor { handle, filter: Object::read(r)? }, ..item }
            }
            _ => Self::of(NodeId::read(r)?, Act::Ask),
        })
    }

    /// What kind of act it is, where that is not the service's own.
    pub fn category(&self, service: &Service) -> Category {
        match self.act {
            Act::Write(_) if self.attribute != names::VALUE => Category::Configuration,
            Act::Call { method, .. } if method.standard().is_some_and(names::only_asks) => Category::Diagnostic,
            _ => service.category,
        }
    }

    /// The target in words, where it is more than a node's attribute.
    pub fn words(&self) -> Option<String> {
        match self.act {
            Act::Call { method, .. } => Some(format!("{} of {}", method, self.node)),
            Act::Follow(path) => {
                let mut text = Limited::new(TEXT_MAX);
                // A path that is cut is shown as far as it goes.
                let _ = write!(text, "{}", self.node);
                let _ = follow(path, &mut text);
                Some(text.into_text())
            }
            Act::Make { name, parent, .. } if self.node.is_null() => Some(format!("{name} below {parent}")),
            _ => None,
        }
    }

    /// What is written or commanded, in words.
    pub fn value(&self) -> Option<String> {
        match self.act {
            Act::Write(data) => Some(data.value.map_or_else(|| "null".to_owned(), bounded)),
            Act::Call { arguments, .. } => Some(bounded(arguments)),
            Act::Make { class, name, parent } => {
                Some(bounded(format_args!("{} {name} below {parent}", names::node_class(class))))
            }
            Act::Refer { kind, target } => Some(bounded(format_args!("{kind} to {target}"))),
            Act::Rewrite(details) => Some(rewritten(&details)),
            Act::Ask | Act::Follow(_) | Act::Remove | Act::Monitor { .. } => None,
        }
    }
}

fn read_value_id<'a>(r: &mut Reader<'a>) -> Result<Item<'a>> {
    let (node, attribute, range) = (NodeId::read(r)?, r.u32_le()?, wire::string(r)?);
    Qualified::read(r)?;
    Ok(Item { node, attribute, range, act: Act::Ask })
}

/// `/2:Pump/2:Speed`.
fn follow(mut path: Reader<'_>, text: &mut Limited) -> Result<()> {
    for _ in 0..wire::count(&mut path)? {
        NodeId::read(&mut path)?;
        path.skip(2)?;
        let name = Qualified::read(&mut path)?;
        if write!(text, "/{name}").is_err() {
            break;
        }
    }
    Ok(())
}

/// `UpdateDataDetails insert [1, 2]`.
fn rewritten(details: &Object<'_>) -> String {
    let known = details.binary().and_then(|(number, r)| Some((structs::find(number)?, r)));
    let Some((kind, mut r)) = known else { return details.kind.to_string() };
    let mut text = Limited::new(TEXT_MAX);
    let _ = text.write_str(kind.name);
    if kind.name.starts_with("Update")
        && NodeId::read(&mut r).is_ok()
        && let Ok(how) = r.u32_le()
    {
        let _ = write!(text, " {}", names::update_type(how));
        let count = if kind.name.contains("Event") { 0 } else { wire::count(&mut r).unwrap_or(0) };
        for at in 0..count {
            let Ok(data) = DataValue::read(&mut r, 0) else { break };
            let gap = if at == 0 { " " } else { ", " };
            let written = match data.value {
                Some(value) => write!(text, "{gap}{value}"),
                None => write!(text, "{gap}null"),
            };
            if written.is_err() {
                break;
            }
        }
    }
    text.into_text()
}

/// What an answer says to one item.
#[derive(Default)]
pub struct Outcome<'a> {
    /// Status of the item.
    pub code: u32,
    /// Its value, where it was read.
    pub data: Option<DataValue<'a>>,
    /// The node that was made.
    pub made: Option<NodeId<'a>>,
    /// The server's number of the item that is monitored.
    pub number: Option<u32>,
}

/// Whether requests of a service are told item by item.
pub const fn is_itemised(service: u32) -> bool {
    matches!(
        service,
        services::READ
            | services::WRITE
            | services::CALL
            | services::BROWSE
            | services::TRANSLATE
            | services::REGISTER_NODES
            | services::UNREGISTER_NODES
            | services::ADD_NODES
            | services::ADD_REFERENCES
            | services::DELETE_NODES
            | services::DELETE_REFERENCES
            | services::HISTORY_READ
            | services::HISTORY_UPDATE
            | services::CREATE_MONITORED_ITEMS
    )
}

/// Items of a request, or results of an answer, one after another.
pub struct List<'a> {
    /// Elements, as said.
    pub count: usize,
    kind: &'static Kind,
    r: Reader<'a>,
}

impl<'a> List<'a> {
    /// The items in the parameters of a request: its last list.
    pub fn asked(service: &'static Service, params: Reader<'a>) -> Option<Self> {
        let (last, before) = service.asks.split_last()?;
        Self::behind(before, &last.kind, params)
    }

    /// The results in the parameters of an answer: its first list.
    pub fn answered(service: &'static Service, params: Reader<'a>) -> Option<Self> {
        Self::behind(&[], &service.answers.first()?.kind, params)
    }

    fn behind(before: &[super::schema::Field], list: &Kind, mut r: Reader<'a>) -> Option<Self> {
        let Kind::List(kind) = *list else { return None };
        walk(before, &mut r, None, 0).ok()?;
        Some(Self { count: wire::count(&mut r).ok()?, kind, r })
    }

    /// The next element: a reader over it and what follows.
    pub fn element(&mut self) -> Result<Reader<'a>> {
        let element = self.r;
        skip(self.kind, &mut self.r)?;
        Ok(element)
    }

    /// The next item of a request.
    pub fn item(&mut self, service: &Service) -> Result<Item<'a>> {
        let mut element = self.element()?;
        Item::read(service.request, &mut element)
    }

    /// The next result.
    pub fn result(&mut self, service: &Service) -> Result<Outcome<'a>> {
        let mut element = self.element()?;
        Ok(match service.request {
            services::READ => {
                let data = DataValue::read(&mut element, 0)?;
                Outcome { code: data.status, data: Some(data), ..Outcome::default() }
            }
            services::ADD_NODES => {
                let (code, made) = (element.u32_le()?, NodeId::read(&mut element)?);
                Outcome { code, made: Some(made).filter(|node| !node.is_null()), ..Outcome::default() }
            }
            services::CREATE_MONITORED_ITEMS => {
                let (code, number) = (element.u32_le()?, element.u32_le()?);
                Outcome { code, number: Some(number), ..Outcome::default() }
            }
            // Their answers name nodes and no status.
            services::REGISTER_NODES | services::UNREGISTER_NODES => Outcome::default(),
            _ => Outcome { code: element.u32_le()?, ..Outcome::default() },
        })
    }
}
