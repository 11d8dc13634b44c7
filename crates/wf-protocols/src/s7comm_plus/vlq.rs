//! Whole numbers of variable length: seven bits a byte, the most significant first, the top bit set in all but the last.

use wf_wire::{Reader, Short};

/// An unsigned number of at most 32 bits (five bytes).
///
/// # Errors
/// The bytes end before the number does.
pub fn unsigned(r: &mut Reader<'_>) -> Result<u32, Short> {
    let mut number = 0u32;
    for _ in 0..5 {
        let byte = r.u8()?;
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(number)
}

/// An unsigned number of at most 64 bits: eight bytes of seven bits, a ninth of eight.
///
/// # Errors
/// The bytes end before the number does.
pub fn unsigned_long(r: &mut Reader<'_>) -> Result<u64, Short> {
    rest(r, 0)
}

/// A signed number: the second bit of the first byte is its sign.
///
/// # Errors
/// The bytes end before the number does.
pub fn signed(r: &mut Reader<'_>) -> Result<i64, Short> {
    let negative = r.peek(0).is_some_and(|first| first & 0x40 != 0);
    rest(r, if negative { u64::MAX } else { 0 }).map(u64::cast_signed)
}

fn rest(r: &mut Reader<'_>, start: u64) -> Result<u64, Short> {
    let mut number = start;
    for _ in 0..8 {
        let byte = r.u8()?;
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    r.u8().map(|byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |bytes: &[u8], want: u64| assert_eq!(unsigned_long(&mut Reader::new(bytes)), Ok(want), "{bytes:02x?}");
        check(&[0x7f], 127);
        check(&[0x81, 0], 128);
        check(&[0x88, 0xd0, 0xb8, 0x80, 0x03], 0x8a0e_0003);
        check(&[0xff; 9], u64::MAX);
        assert_eq!(unsigned(&mut Reader::new(&[0x88, 0xd0, 0xb8, 0x80, 0x03])), Ok(0x8a0e_0003));
        assert!(unsigned(&mut Reader::new(&[0x88, 0xd0])).is_err());
    }

    #[test]
    fn signs() {
        let check = |bytes: &[u8], want: i64| assert_eq!(signed(&mut Reader::new(bytes)), Ok(want), "{bytes:02x?}");
        check(&[0x3f], 63);
        check(&[0x80, 0x40], 64);
        check(&[0x7f], -1);
        check(&[0x40], -64);
        check(&[0xff, 0x3f], -65);
        check(
            &[0xc0; 9],
            (-64i64 << 57) + (0x40 << 50 | 0x40 << 43 | 0x40 << 36 | 0x40 << 29 | 0x40 << 22 | 0x40 << 15 | 0x40 << 8) + 0xc0,
        );
    }
}
