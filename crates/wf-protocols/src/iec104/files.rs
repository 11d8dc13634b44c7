//! File transfer (IEC 60870-5-101 clauses 7.3.6 and 7.4.11): a file has a number for its name and a size.

use super::asdu::SEGMENT;
use super::time::Moment;
use wf_wire::{Reader, Short};

/// What an object of file transfer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// F_FR_NA_1: a file is ready, or not.
    Ready {
        /// Octets.
        size: u32,
        /// It can be had.
        positive: bool,
    },
    /// F_SR_NA_1: a section is ready, or not.
    SectionReady {
        /// Section.
        section: u8,
        /// Octets.
        size: u32,
        /// It can be had.
        positive: bool,
    },
    /// F_SC_NA_1: call or select.
    Call {
        /// Section.
        section: u8,
        /// What is asked in the low four bits, what is wrong in the others.
        qualifier: u8,
    },
    /// F_LS_NA_1: last section or segment.
    Last {
        /// Section.
        section: u8,
        /// 1 and 2 end the file, 3 and 4 the section.
        qualifier: u8,
        /// Sum of the octets.
        checksum: u8,
    },
    /// F_AF_NA_1: acknowledgement.
    Acknowledge {
        /// Section.
        section: u8,
        /// 1 and 3 positive, 2 and 4 negative; what is wrong in the upper four bits.
        qualifier: u8,
    },
    /// F_SG_NA_1: a segment.
    Segment {
        /// Section.
        section: u8,
        /// Octets in it.
        size: u8,
    },
    /// F_DR_TA_1: an entry of a directory.
    Entry {
        /// Octets.
        size: u32,
        /// State of the file.
        status: u8,
        /// When it was made.
        time: Moment,
    },
    /// F_SC_NB_1: request of an archive from a time to another.
    Archive {
        /// From.
        from: Moment,
        /// To.
        to: Moment,
    },
}

/// Reads an object: the file's name and what is said of it.
#[must_use]
pub fn read(type_id: u8, octets: &[u8]) -> Option<(u16, Transfer)> {
    parse(type_id, octets).ok().flatten()
}

fn parse(type_id: u8, octets: &[u8]) -> Result<Option<(u16, Transfer)>, Short> {
    let mut r = Reader::new(octets);
    let name = r.u16_le()?;
    let transfer = match type_id {
        120 => Transfer::Ready { size: r.u24_le()?, positive: r.u8()? & 0x80 == 0 },
        121 => Transfer::SectionReady { section: r.u8()?, size: r.u24_le()?, positive: r.u8()? & 0x80 == 0 },
        122 => Transfer::Call { section: r.u8()?, qualifier: r.u8()? },
        123 => Transfer::Last { section: r.u8()?, qualifier: r.u8()?, checksum: r.u8()? },
        124 => Transfer::Acknowledge { section: r.u8()?, qualifier: r.u8()? },
        SEGMENT => Transfer::Segment { section: r.u8()?, size: r.u8()? },
        126 => Transfer::Entry { size: r.u24_le()?, status: r.u8()?, time: Moment::long(&mut r)? },
        127 => Transfer::Archive { from: Moment::long(&mut r)?, to: Moment::long(&mut r)? },
        _ => return Ok(None),
    };
    Ok(Some((name, transfer)))
}

/// What is asked by a call (SCQ, 7.2.6.30).
#[must_use]
pub const fn call(qualifier: u8) -> &'static str {
    match qualifier & 0x0f {
        0 => "call_directory",
        1 => "select_file",
        2 => "request_file",
        3 => "deactivate_file",
        4 => "delete_file",
        5 => "select_section",
        6 => "request_section",
        7 => "deactivate_section",
        _ => "call_file",
    }
}

/// What went wrong (upper four bits of SCQ and AFQ), as an outcome.
#[must_use]
pub const fn fault(qualifier: u8) -> &'static str {
    match qualifier >> 4 {
        0 => "error: rejected",
        1 => "error: no_memory",
        2 => "error: checksum",
        3 => "error: unexpected_service",
        4 => "error: unexpected_file",
        5 => "error: unexpected_section",
        _ => "error: other",
    }
}
