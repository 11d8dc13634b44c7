//! What a connection has told so far and what later messages mean by it: members of variable lists, names of components,
//! files that are open. Bounded; the oldest fall out and are counted.

use super::object::{Name, Variable};
use crate::ber::{Element, Elements};
use crate::mms_data;
use std::collections::VecDeque;
use wf_wire::decode::Sink;

/// Lists of variables, and types.
const ENTRIES_MAX: usize = 256;
/// Members of one list.
const MEMBERS_MAX: usize = 512;
/// Bytes of one type's description.
const TYPE_MAX: usize = 32 * 1024;
/// Bytes of all lists and types of one connection.
const BYTES_MAX: usize = 256 * 1024;
/// Room that an entry takes in the table.
const ENTRY: usize = size_of::<(Box<str>, What)>();
/// Files open at once, and bytes kept of a name.
const FILES_MAX: usize = 32;
const FILE_MAX: usize = 512;
/// Steps from a variable whose type is known to one in it.
const STEPS_MAX: usize = 16;

#[derive(Debug)]
enum What {
    Members(Vec<Box<str>>),
    Type(Box<[u8]>),
}

impl What {
    fn size(&self) -> usize {
        match self {
            Self::Members(members) => members.iter().map(|m| m.len() + 16).sum(),
            Self::Type(bytes) => bytes.len(),
        }
    }
}

/// What one connection has told.
#[derive(Debug, Default)]
pub struct Known {
    entries: VecDeque<(Box<str>, What)>,
    bytes: usize,
    files: VecDeque<(i64, Box<str>)>,
}

impl Known {
    /// Bytes that it holds.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.bytes + self.entries.capacity() * ENTRY + self.files.capacity() * FILE_MAX
    }

    fn insert(&mut self, name: Box<str>, what: What, out: &mut dyn Sink) {
        let same =
            |entry: &(Box<str>, What)| entry.0 == name && std::mem::discriminant(&entry.1) == std::mem::discriminant(&what);
        if let Some(at) = self.entries.iter().position(same)
            && let Some((name, old)) = self.entries.remove(at)
        {
            self.bytes = self.bytes.saturating_sub(name.len() + old.size());
        }
        self.bytes += name.len() + what.size();
        self.entries.push_back((name, what));
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let Some((name, old)) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(name.len() + old.size());
            out.evicted(1);
        }
    }

    /// The members of a list of variables, as SEQUENCE OF variable specification has them.
    pub fn list(&mut self, name: &Name<'_>, members: Elements<'_>, out: &mut dyn Sink) {
        let members = super::object::Access::List(members).variables().take(MEMBERS_MAX);
        let members: Vec<Box<str>> = members.map(|v: Variable<'_>| v.to_string().into()).collect();
        self.insert(name.to_string().into(), What::Members(members), out);
    }

    /// The members of a list, as far as they are known.
    #[must_use]
    pub fn members(&self, list: &str) -> &[Box<str>] {
        let members = self.entries.iter().find_map(|(name, what)| match what {
            What::Members(members) if **name == *list => Some(members.as_slice()),
            _ => None,
        });
        members.unwrap_or_default()
    }

    /// The type of a variable (TypeSpecification).
    pub fn describe(&mut self, name: &Name<'_>, specification: &[u8], out: &mut dyn Sink) {
        if specification.len() <= TYPE_MAX {
            self.insert(name.to_string().into(), What::Type(specification.into()), out);
        }
    }

    /// The type of a variable: told for itself, or for one that it is a component of.
    #[must_use]
    pub fn kind(&self, variable: &str) -> Option<Element<'_>> {
        let holds = |name: &str| variable.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('$'));
        let (rest, bytes) = self.entries.iter().rev().find_map(|(name, what)| match what {
            What::Type(bytes) => holds(name).map(|rest| (rest, bytes)),
            What::Members(_) => None,
        })?;
        let mut at = Elements::new(bytes).next()?;
        for part in rest.split('$').skip(1).take(STEPS_MAX) {
            at = mms_data::components(&at).find(|(name, _)| *name == part.as_bytes())?.1;
        }
        Some(at)
    }

    /// A file was opened under this number.
    pub fn open_file(&mut self, number: i64, name: &str, out: &mut dyn Sink) {
        if self.files.len() >= FILES_MAX {
            self.files.pop_front();
            out.evicted(1);
        }
        self.files.push_back((number, crate::hints::bounded(name, FILE_MAX).into()));
    }

    /// The file that is open under this number.
    #[must_use]
    pub fn file(&self, number: i64) -> Option<&str> {
        self.files.iter().rev().find(|(known, _)| *known == number).map(|(_, name)| &**name)
    }

    /// The file was closed.
    pub fn close_file(&mut self, number: i64) {
        self.files.retain(|(known, _)| *known != number);
    }
}
