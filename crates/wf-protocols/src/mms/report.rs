//! Reports of IEC 61850-8-1 (17.2, table 61): an information report of the variable list `RPT`.

use crate::ber::{self, Bits, Element, Elements};
use crate::mms_data::Data;

/// A report's head and its values.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Identifier.
    pub rpt_id: &'a [u8],
    /// Sequence number.
    pub sq_num: Option<u64>,
    /// Reference of the data set.
    pub dat_set: Option<&'a [u8]>,
    /// Reports were lost before this one.
    pub overflow: bool,
    /// Configuration revision.
    pub conf_rev: Option<u64>,
    inclusion: Bits<'a>,
    references: Option<Elements<'a>>,
    values: Elements<'a>,
}

/// Options (table 61): bits of OptFlds.
mod option {
    pub const SEQUENCE_NUMBER: usize = 1;
    pub const TIME: usize = 2;
    pub const DATA_SET: usize = 4;
    pub const REFERENCE: usize = 5;
    pub const OVERFLOW: usize = 6;
    pub const ENTRY: usize = 7;
    pub const REVISION: usize = 8;
    pub const SEGMENTATION: usize = 9;
}

impl<'a> Report<'a> {
    /// Reads the list of results; `None`: it has not the form of a report.
    #[must_use]
    pub fn read(mut results: Elements<'a>) -> Option<Self> {
        let text = |e: Element<'a>| match Data::read(&e) {
            Some(Data::Text(bytes)) => Some(bytes),
            _ => None,
        };
        let rpt_id = text(results.next()?)?;
        let options = Bits::read(results.next().filter(|e| e.context() == Some(4))?.bytes)?;
        let mut take = |option: usize| if options.bit(option) { results.next().map(Some) } else { Some(None) };
        let sq_num = take(option::SEQUENCE_NUMBER)?.and_then(|e| ber::unsigned(e.bytes));
        take(option::TIME)?;
        let dat_set = take(option::DATA_SET)?.and_then(text);
        let overflow = take(option::OVERFLOW)?.and_then(|e| ber::boolean(e.bytes)).unwrap_or(false);
        take(option::ENTRY)?;
        let conf_rev = take(option::REVISION)?.and_then(|e| ber::unsigned(e.bytes));
        take(option::SEGMENTATION)?;
        take(option::SEGMENTATION)?;
        let inclusion = Bits::read(results.next().filter(|e| e.context() == Some(4))?.bytes)?;
        let count = (0..inclusion.len()).filter(|at| inclusion.bit(*at)).count();
        let references = options.bit(option::REFERENCE).then_some(results);
        if references.is_some() && count > 0 {
            results.nth(count - 1)?;
        }
        Some(Self { rpt_id, sq_num, dat_set, overflow, conf_rev, inclusion, references, values: results })
    }

    /// The values: place in the data set, reference where the report has one, value.
    pub fn values(&self) -> impl Iterator<Item = (usize, Option<&'a [u8]>, Element<'a>)> + use<'a> {
        let (inclusion, mut references, mut values) = (self.inclusion, self.references, self.values);
        let included = (0..inclusion.len()).filter(move |at| inclusion.bit(*at));
        included.map_while(move |at| {
            let reference = references.as_mut().and_then(Iterator::next).map(|e| e.bytes);
            Some((at, reference, values.next()?))
        })
    }
}
