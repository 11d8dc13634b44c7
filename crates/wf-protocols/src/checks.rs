//! Checks that several protocols put behind their frames.

const ARC: [u16; 256] = table(0xa001);
const CCITT: [u16; 256] = table(0x8408);

/// CRC-16 with the polynomial 8005, reflected, from `start`; sent least significant byte first.
pub fn crc16(bytes: &[u8], start: u16) -> u16 {
    reflected(bytes, start, &ARC)
}

/// CRC-16 with the polynomial 1021, reflected, from `start`: that of HDLC and of ISO/IEC 13239 before it is turned over.
pub fn crc_ccitt(bytes: &[u8], start: u16) -> u16 {
    reflected(bytes, start, &CCITT)
}

fn reflected(bytes: &[u8], start: u16, table: &[u16; 256]) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        let [place, _] = (crc ^ u16::from(*byte)).to_le_bytes();
        crc >> 8 ^ table.get(usize::from(place)).copied().unwrap_or(0)
    })
}

/// What each byte does to a check, by its polynomial reflected.
#[expect(clippy::indexing_slicing, reason = "within a table of its own, when the program is built")]
const fn table(polynomial: u16) -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u16, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // The catalogue's check values over the nine digits: MODBUS, ARC, MCRF4XX.
        let digits = b"123456789";
        assert_eq!([crc16(digits, 0xffff), crc16(digits, 0), crc_ccitt(digits, 0xffff)], [0x4b37, 0xbb3d, 0x6f91]);
    }
}
