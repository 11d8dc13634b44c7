//! Arguments of a call and the blocks in them (IEC 61158-6-10:2019, clause 5.2: coding of the application PDUs).

use super::rpc::{Uuid, long};
use super::status::Status;
use wf_wire::{Reader, Short};

/// Types of blocks that are acted on.
pub mod kind {
    pub const ALARM_HIGH: u16 = 0x0001;
    pub const ALARM_LOW: u16 = 0x0002;
    pub const WRITE_REQ: u16 = 0x0008;
    pub const READ_REQ: u16 = 0x0009;
    pub const DIAGNOSIS: u16 = 0x0010;
    pub const EXPECTED_IDENTIFICATION: u16 = 0x0012;
    pub const REAL_IDENTIFICATION: u16 = 0x0013;
    pub const IM0: u16 = 0x0020;
    pub const IM1: u16 = 0x0021;
    pub const IM2: u16 = 0x0022;
    pub const IM3: u16 = 0x0023;
    pub const IM5: u16 = 0x0025;
    pub const IM5_DATA: u16 = 0x0034;
    pub const AR_REQ: u16 = 0x0101;
    pub const IOCR_REQ: u16 = 0x0102;
    pub const ALARM_CR_REQ: u16 = 0x0103;
    pub const EXPECTED_SUBMODULE: u16 = 0x0104;
    pub const PORT_REAL: u16 = 0x020f;
    pub const INTERFACE_REAL: u16 = 0x0240;
    pub const MULTIPLE: u16 = 0x0400;
    pub const MAINTENANCE: u16 = 0x0f00;
    pub const WRITE_RES: u16 = 0x8008;
    pub const READ_RES: u16 = 0x8009;
    pub const AR_RES: u16 = 0x8101;
    pub const IOCR_RES: u16 = 0x8102;
    pub const ALARM_CR_RES: u16 = 0x8103;
    pub const MODULE_DIFF: u16 = 0x8104;
    pub const AR_SERVER: u16 = 0x8106;
}

/// Index of a write that carries several.
pub const MULTIPLE_WRITE: u16 = 0xe040;

/// What stands before the blocks of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Args {
    /// Answers: what came of it.
    pub status: Option<Status>,
    /// Requests: octets that the answer may have.
    pub max: Option<u32>,
    /// Octets of blocks.
    pub length: u32,
}

impl Args {
    /// Reads them; what is left in the reader are the blocks.
    pub fn read(r: &mut Reader<'_>, little: bool, is_answer: bool) -> Result<Self, Short> {
        let first = long(r, little)?;
        let length = long(r, little)?;
        // The array of octets: its most, its first, its count.
        let (_most, _first, count) = (long(r, little)?, long(r, little)?, long(r, little)?);
        let (status, max) = if is_answer { (Some(Status::of(first)), None) } else { (None, Some(first)) };
        let there = usize::try_from(count.min(length)).unwrap_or(usize::MAX).min(r.left());
        *r = r.sub(there)?;
        Ok(Self { status, max, length })
    }
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Type.
    pub kind: u16,
    /// Version, high and low.
    pub version: (u8, u8),
    /// What is in it.
    pub body: &'a [u8],
    /// The record that a read or write header is followed by.
    pub record: &'a [u8],
    /// It says that it is longer than what is left.
    pub cut: bool,
}

/// Blocks one behind the other. A read or write header takes its record along; the writes within a multiple write come out
/// as blocks of their own.
#[derive(Clone, Copy)]
pub struct Blocks<'a> {
    r: Reader<'a>,
    /// Writes within a multiple write begin at a multiple of four octets.
    aligned: bool,
}

impl<'a> Blocks<'a> {
    /// Blocks in these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { r: Reader::new(bytes), aligned: false }
    }

    fn read(&mut self) -> Result<Block<'a>, Short> {
        let r = &mut self.r;
        if self.aligned {
            r.skip(r.position().wrapping_neg() & 3)?;
        }
        let (kind, length) = (r.u16()?, usize::from(r.u16()?));
        let there = length.min(r.left());
        let mut inside = r.sub(there)?;
        let version = (inside.u8()?, inside.u8()?);
        let mut block = Block { kind, version, body: inside.rest(), record: &[], cut: there < length };
        if let (kind::WRITE_REQ | kind::WRITE_RES | kind::READ_RES, Some(header)) = (kind, block.record_header()) {
            if header.index == MULTIPLE_WRITE && kind != kind::READ_RES {
                self.aligned = true;
            } else {
                let there = usize::try_from(header.length).unwrap_or(usize::MAX);
                block.cut |= kind != kind::WRITE_RES && there > r.left();
                block.record = if kind == kind::WRITE_RES { &[] } else { r.take(there.min(r.left()))? };
            }
        }
        Ok(block)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        if self.r.is_empty() {
            return None;
        }
        let block = self.read().ok();
        if block.is_none() {
            self.r.take_rest();
        }
        block
    }
}

/// Where a record is and what came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecordHeader {
    /// Number of the request.
    pub sequence: u16,
    /// Relation, all zero for implicit reads.
    pub ar: Uuid,
    /// Application process identifier.
    pub api: u32,
    /// Slot.
    pub slot: u16,
    /// Subslot.
    pub subslot: u16,
    /// Which record.
    pub index: u16,
    /// Octets of the record.
    pub length: u32,
    /// Answers: further values.
    pub additional: (u16, u16),
    /// Answers to writes: what came of it.
    pub status: Status,
}

/// A control or release block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// Relation.
    pub ar: Uuid,
    /// Its number.
    pub session: u16,
    /// Number of the plug alarm that it answers, otherwise 0.
    pub alarm: u16,
    /// Command bits.
    pub command: u16,
    /// Properties.
    pub properties: u16,
}

impl<'a> Block<'a> {
    /// Reads the body.
    #[must_use]
    pub const fn reader(&self) -> Reader<'a> {
        Reader::new(self.body)
    }

    /// The fields of a read or write header.
    #[must_use]
    pub fn record_header(&self) -> Option<RecordHeader> {
        let is_header = matches!(self.kind, kind::WRITE_REQ | kind::READ_REQ | kind::WRITE_RES | kind::READ_RES);
        if is_header { self.read_record_header().ok() } else { None }
    }

    fn read_record_header(&self) -> Result<RecordHeader, Short> {
        let mut r = self.reader();
        let (sequence, ar) = (r.u16()?, Uuid::read(&mut r, false)?);
        let (api, slot, subslot) = (r.u32()?, r.u16()?, r.u16()?);
        r.skip(2)?;
        let (index, length) = (r.u16()?, r.u32()?);
        let (mut additional, mut status) = ((0, 0), Status::OK);
        if matches!(self.kind, kind::WRITE_RES | kind::READ_RES) {
            additional = (r.u16()?, r.u16()?);
            if self.kind == kind::WRITE_RES {
                status = Status::of(r.u32()?);
            }
        }
        Ok(RecordHeader { sequence, ar, api, slot, subslot, index, length, additional, status })
    }

    /// The fields of a control or release block.
    #[must_use]
    pub fn control(&self) -> Option<Control> {
        if !matches!(self.kind & 0x7fff, 0x0110..=0x0114 | 0x0116..=0x0118) {
            return None;
        }
        let mut r = self.reader();
        r.skip(2).ok()?;
        let ar = Uuid::read(&mut r, false).ok()?;
        let mut number = || r.u16().ok();
        Some(Control { ar, session: number()?, alarm: number()?, command: number()?, properties: number()? })
    }
}
