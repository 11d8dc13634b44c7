//! Files (D301180X012, opcode 203).

use crate::hints::clean;
use wf_wire::Reader;

/// Name of the file or folder that a request means.
pub fn name(data: &[u8]) -> Option<String> {
    let at = match data.first()? {
        1 => 2,
        5 | 6 | 0x40 => 1,
        _ => return None,
    };
    let path = clean(data.get(at..at + 100)?).into_owned();
    let file = data.get(at + 100..at + 125).map(clean).unwrap_or_default();
    Some(path + &file)
}

/// What a request writes: how many bytes and where.
pub fn written(data: &[u8]) -> Option<String> {
    let mut r = Reader::new(data);
    if r.u8().ok()? != 3 {
        return None;
    }
    let (file, _size, offset, count) = (r.u32_le().ok()?, r.u32_le().ok()?, r.u32_le().ok()?, r.u8().ok()?);
    Some(format!("file {file}: {count} bytes at {offset}"))
}
