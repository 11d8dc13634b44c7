//! Data of commands and answers: state, modules, pieces of programs, downloads, and what is no function of the controller.

use super::frame::Command;
use super::names::{code, module};
use crate::hints::clean;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use wf_model::Category;
use wf_wire::{Reader, Short};

/// Longest name of a project, in bytes.
const PROJECT: usize = 10;
/// Slots of a chassis.
const SLOTS: usize = 16;

/// A control program by name, version and when it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project<'a> {
    pub name: Cow<'a, str>,
    pub major: u16,
    pub minor: u16,
    /// Seconds since 1970.
    pub built: u32,
}

impl<'a> Project<'a> {
    fn versioned(r: &mut Reader<'a>) -> Result<(u16, u16, u32), Short> {
        let (minor, major) = (r.u16_le()?, r.u16_le()?);
        Ok((major, minor, r.u32_le()?))
    }
}

impl fmt::Display for Project<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.{}", self.name, self.major, self.minor)
    }
}

/// How the controller is: key switch, control program, project.
pub struct Status<'a> {
    pub key: u8,
    pub run: u8,
    pub project: Project<'a>,
    /// State of a download, only in the status of the control program.
    pub load: Option<u8>,
    /// The control program is valid, only there.
    pub valid: Option<bool>,
}

impl<'a> Status<'a> {
    /// The answer to a question for the control program's state or for the chassis.
    pub fn read(answer: u8, data: &'a [u8]) -> Option<Self> {
        match answer {
            code::CP_STATUS => Self::program(data).ok(),
            code::CHASSIS_STATUS => Self::chassis(data).ok(),
            _ => None,
        }
    }

    fn program(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(4)?;
        let load = r.u8()?;
        r.skip(1)?;
        let (valid, key, run) = (r.u8()?, r.u8()?, r.u8()?);
        r.skip(49)?;
        let (major, minor, built) = Project::versioned(&mut r)?;
        let project = Project { name: clean(r.take(PROJECT)?), major, minor, built };
        Ok(Self { key, run, project, load: Some(load), valid: Some(valid != 0) })
    }

    fn chassis(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(3)?;
        let (run, key) = (r.u8()?, r.u8()?);
        r.skip(1)?;
        let (major, minor, built) = Project::versioned(&mut r)?;
        r.skip(18)?;
        let project = Project { name: clean(r.take(PROJECT)?), major, minor, built };
        Ok(Self { key, run, project, load: None, valid: None })
    }
}

/// Modules by slot: those of the chassis's status, or with their firmware those of the versions.
pub fn modules(answer: u8, data: &[u8]) -> SmallVec<[(usize, u8); SLOTS]> {
    let (from, step, kind) = match answer {
        code::CHASSIS_STATUS => (166, 32, 2),
        code::MODULE_VERSIONS => (2, 8, 0),
        _ => return SmallVec::new(),
    };
    let slots = data.get(from..).unwrap_or(&[]).chunks_exact(step).take(SLOTS).enumerate();
    slots.filter_map(|(at, slot)| slot.get(kind).filter(|kind| **kind != 0).map(|kind| (at, *kind))).collect()
}

/// A module for people: `slot 3: 4351B`.
pub fn module_text((slot, kind): (usize, u8)) -> String {
    match module(kind) {
        Some(model) => format!("slot {slot}: {model}"),
        None => format!("slot {slot}: type {kind}"),
    }
}

/// Assembly, revision and serial number of the controller, in the answer with the modules' versions.
pub fn board(data: &[u8]) -> Option<(Cow<'_, str>, Cow<'_, str>, Cow<'_, str>)> {
    let mut r = Reader::new(data.get(450..)?);
    Some((clean(r.take(6).ok()?), clean(r.take(3).ok()?), clean(r.take(8).ok()?)))
}

/// Version of the system that answers an attachment.
pub fn attached(data: &[u8]) -> Option<(u8, u8)> {
    Some((*data.get(3)?, *data.get(4)?)).filter(|(major, minor)| (9..=30).contains(major) && *minor < 100)
}

/// A piece of a program or function, in words of four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub id: u16,
    pub next: u16,
    /// Words of the whole.
    pub whole: u16,
    /// Where these begin.
    pub offset: u16,
    /// How many these are.
    pub words: u16,
    pub code: &'a [u8],
}

impl<'a> Piece<'a> {
    /// What a command allocates or an answer reads out.
    pub fn read(code: u8, data: &'a [u8]) -> Option<Self> {
        if !matches!(code, code::ALLOCATE_PROGRAM | code::ALLOCATE_FUNCTION | code::PROGRAM | code::FUNCTION) {
            return None;
        }
        let mut r = Reader::new(data);
        let (id, next, whole) = (r.u16_le().ok()?, r.u16_le().ok()?, r.u16_le().ok()?);
        let (offset, words) = (r.u16_le().ok()?, r.u16_le().ok()?);
        Some(Self { id, next, whole, offset, words, code: r.rest() })
    }

    /// Fewer bytes are there than words are said.
    pub fn is_short(&self) -> bool {
        self.code.len() < usize::from(self.words) * 4
    }

    /// The mark that the malware TRITON sets before the check of the programs it appends (known from its analyses): the
    /// CRC-32 of what stands before it, with this key.
    pub fn is_marked(&self) -> bool {
        const KEY: u32 = 0x7b52_41d3;
        let whole = self.offset == 0 && self.whole == self.words && !self.is_short();
        let code = self.code.get(..usize::from(self.words) * 4).filter(|code| whole && code.len() > 8);
        let parts = code.and_then(|code| code.split_at_checked(code.len() - 8));
        parts.is_some_and(|(code, tail)| Reader::new(tail).u32_le().is_ok_and(|mark| crc32fast::hash(code) ^ KEY == mark))
    }
}

/// What a request reads out: program or function, and the first word.
pub fn wanted(command: &Command<'_>) -> Option<(u16, u16)> {
    if !matches!(command.code, code::UPLOAD_PROGRAM | code::UPLOAD_FUNCTION) {
        return None;
    }
    let mut r = Reader::new(command.data);
    let id = r.u16_le().ok()?;
    r.skip(4).ok()?;
    Some((id, r.u16_le().ok()?))
}

/// A download as it is announced: the new project, the one before, how many functions and programs.
pub struct Download<'a> {
    pub project: Project<'a>,
    pub before: Option<Project<'a>>,
    pub functions: u16,
    pub programs: u16,
}

impl<'a> Download<'a> {
    /// Reads the start of a download.
    pub fn read(code: u8, data: &'a [u8]) -> Option<Self> {
        match code {
            code::START_DOWNLOAD_CHANGE => Self::change(data).ok(),
            code::START_TS2_PROGRAM_DOWNLOAD => Self::all(data).ok(),
            _ => None,
        }
    }

    fn change(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        let name = clean(r.take(PROJECT)?);
        let (major, minor, built) = Project::versioned(&mut r)?;
        let before = Some(Project { name, major, minor, built });
        let (major, minor, built) = Project::versioned(&mut r)?;
        let project = Project { name: clean(r.take(PROJECT)?), major, minor, built };
        r.skip(2)?;
        Ok(Self { project, before, functions: r.u16_le()?, programs: r.u16_le()? })
    }

    fn all(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(4)?;
        let (major, built) = (r.u16_le()?, r.u32_le()?);
        let project = Project { name: clean(r.take(PROJECT)?), major, minor: 0, built };
        Ok(Self { project, before: None, functions: r.u16_le()?, programs: r.u16_le()? })
    }
}

/// What the implant of the malware TRITON is told through the question for a main processor's state (known from its
/// analyses): it stands where a processor's number would, with 255 for the processor.
pub fn implant(command: &Command<'_>) -> Option<(&'static str, Category)> {
    match (command.code, command.data) {
        (code::GET_MP_STATUS, [23, 0xff, rest @ ..]) if rest.len() >= 4 => Some(("implant_read_memory", Category::Read)),
        (code::GET_MP_STATUS, [65, 0xff, rest @ ..]) if rest.len() >= 4 => Some(("implant_write_memory", Category::Program)),
        (code::GET_MP_STATUS, [249, 0xff, rest @ ..]) if rest.len() >= 4 => Some(("implant_execute", Category::Program)),
        _ => None,
    }
}
