//! Capture files: pcap in both byte orders, with microseconds and nanoseconds, and pcapng; plain, gzip or zstd. Read as a
//! stream in constant memory. A capture that breaks off or has rubbish in the middle yields all that is readable and
//! says at which byte it went wrong.

use crate::layers;
use crate::reader::Reader;
use crate::{LinkType, RawPacket};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wf_model::{Timestamp, time::DAY};

/// Largest packet and largest block that are believed.
const RECORD_MAX: usize = 16 << 20;
/// Largest packet that is believed while looking for the next one after rubbish.
const RECORD_LIKELY: u32 = 262_144;
/// How far after rubbish the next record is looked for.
const RESYNC_MAX: usize = 8 << 20;
/// Small enough to stay in a processor's own cache between the copy out of the kernel and the decoder.
const WINDOW: usize = 256 << 10;
const INTERFACES_MAX: usize = 4096;
const WARNINGS_MAX: usize = 20;

/// What keeps a capture from being read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {source}")]
    Io {
        /// Why.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("is empty: a capture has a header at least")]
    Empty,
    /// Not a format that is understood.
    #[error("is not a capture: pcap and pcapng are understood, also compressed with gzip or zstd")]
    Format,
    /// Something does not parse.
    #[error("is damaged at byte {offset}: {what}")]
    Damaged {
        /// Byte from the start, of the uncompressed capture.
        offset: u64,
        /// What.
        what: String,
    },
}

/// Counts the bytes of the file as they are read, below any decompression.
struct Counting {
    inner: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A sliding window over the bytes of a stream.
struct Window {
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `start` from the beginning of the stream.
    offset: u64,
    ended: bool,
    broken: Option<io::Error>,
}

impl Window {
    fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, bytes: vec![0; WINDOW], start: 0, end: 0, offset: 0, ended: false, broken: None }
    }

    /// Makes `count` bytes available if the stream has them.
    #[inline]
    fn need(&mut self, count: usize) -> bool {
        self.end - self.start >= count || self.fill(count)
    }

    #[cold]
    fn fill(&mut self, count: usize) -> bool {
        if count > RECORD_MAX + 64 {
            return false;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.bytes.len() < count {
            self.bytes.resize(count.next_power_of_two(), 0);
        }
        while self.end < count && !self.ended {
            match self.source.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.broken = Some(error);
                }
            }
        }
        self.end >= count
    }

    fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }
}

#[derive(Clone)]
struct Interface {
    link: LinkType,
    snaplen: u32,
    /// Time units in a second.
    units: u64,
    /// Seconds to add.
    offset: i64,
    name: String,
}

enum Format {
    Pcap { big: bool, nanos: bool, header: usize, link: LinkType },
    PcapNg { big: bool, interfaces: Vec<Interface>, base: u32 },
}

/// A capture being read.
pub struct CaptureFile {
    window: Window,
    format: Format,
    read: Arc<AtomicU64>,
    total: u64,
    frame: u64,
    last: Option<Timestamp>,
    names: Vec<String>,
    warnings: Vec<String>,
    unknown_links: Vec<u32>,
    done: bool,
}

/// A record found at the start of the window.
struct Record {
    /// Where the packet's bytes lie in the window.
    data_at: usize,
    captured: usize,
    /// Bytes of the whole record.
    length: usize,
    ts: Timestamp,
    original_len: u32,
    interface: u32,
    link: LinkType,
}

enum Found {
    Packet(Record),
    /// A block without a packet, of this length.
    Other(usize),
    End,
    /// The stream ends within a record.
    Torn,
    /// This cannot be a record.
    Rubbish(String),
}

impl CaptureFile {
    /// Opens a capture.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let file = File::open(path).map_err(|source| CaptureError::Io { source })?;
        let total = file.metadata().map_or(0, |m| m.len());
        let mut capture = Self::from_reader(Box::new(file))?;
        capture.total = total;
        Ok(capture)
    }

    /// Reads a capture from any stream.
    pub fn from_reader(inner: Box<dyn Read + Send>) -> Result<Self, CaptureError> {
        let read = Arc::new(AtomicU64::new(0));
        let mut raw: Box<dyn Read + Send> = Box::new(Counting { inner, count: Arc::clone(&read) });
        let mut magic = [0u8; 4];
        let mut have = 0;
        while have < 4 {
            match raw.read(magic.get_mut(have..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => have += more,
                Err(source) => return Err(CaptureError::Io { source }),
            }
        }
        if have == 0 {
            return Err(CaptureError::Empty);
        }
        let start = io::Cursor::new(magic.get(..have).unwrap_or_default().to_vec());
        let whole: Box<dyn Read + Send> = Box::new(start.chain(raw));
        let plain: Box<dyn Read + Send> = match magic {
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::with_capacity(1 << 16, whole))),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                Box::new(zstd::stream::read::Decoder::new(whole).map_err(|source| CaptureError::Io { source })?)
            }
            _ => whole,
        };
        let mut window = Window::new(plain);
        let format = begin(&mut window)?;
        Ok(Self {
            window,
            format,
            read,
            total: 0,
            frame: 0,
            last: None,
            names: Vec::new(),
            warnings: Vec::new(),
            unknown_links: Vec::new(),
            done: false,
        })
    }

    /// Bytes of the file read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Size of the file; 0 where it is not known.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.total
    }

    /// The name of a capture interface (pcapng's `if_name`), if it has one.
    #[must_use]
    pub fn interface_name(&self, interface: u32) -> Option<&str> {
        let at = usize::try_from(interface).ok()?;
        self.names.get(at).map(String::as_str).filter(|n| !n.is_empty())
    }

    /// What was skipped or not understood so far.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn warn(&mut self, text: String) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(text);
        }
    }

    /// The next record with a packet. It is still in the window.
    #[inline]
    fn record(&mut self) -> Result<Option<Record>, CaptureError> {
        let record = loop {
            if self.done {
                return Ok(None);
            }
            match self.find() {
                Found::Packet(record) => break record,
                Found::Other(length) => self.window.skip(length),
                Found::End => self.done = true,
                Found::Torn => {
                    self.done = true;
                    return Err(self.torn());
                }
                Found::Rubbish(what) => self.resync(&what)?,
            }
        };
        self.frame += 1;
        self.last = Some(record.ts);
        Ok(Some(record))
    }

    /// First and last time in what is left, up to the end or to damage that ends it: no packet's bytes are looked at.
    pub fn span(&mut self) -> Option<(Timestamp, Timestamp)> {
        let mut span: Option<(Timestamp, Timestamp)> = None;
        while let Ok(Some(record)) = self.record() {
            self.window.skip(record.length);
            let (first, last) = span.unwrap_or((record.ts, record.ts));
            span = Some((first.min(record.ts), last.max(record.ts)));
        }
        span
    }

    /// The next packet; `None` at the end. An error ends the capture, after everything that was readable.
    #[expect(clippy::should_implement_trait, reason = "the packet borrows from the reader")]
    pub fn next(&mut self) -> Result<Option<RawPacket<'_>>, CaptureError> {
        let Some(record) = self.record()? else { return Ok(None) };
        if !layers::knows(record.link) && !self.unknown_links.contains(&record.link.0) && self.unknown_links.len() < WARNINGS_MAX
        {
            self.unknown_links.push(record.link.0);
            self.warn(format!(
                "link type {} is not understood: its packets are counted but not decoded (first: frame {})",
                record.link.0, self.frame
            ));
        }
        let from = self.window.start + record.data_at;
        self.window.skip(record.length);
        let data = self.window.bytes.get(from..from + record.captured).unwrap_or_default();
        Ok(Some(RawPacket {
            frame: self.frame,
            ts: record.ts,
            link: record.link,
            interface: record.interface,
            original_len: record.original_len,
            data,
        }))
    }

    fn torn(&mut self) -> CaptureError {
        let what = match self.window.broken.take() {
            Some(error) => format!("the rest cannot be read ({error}); {} packets were", self.frame),
            None => format!("it breaks off in the middle of a record after {} packets", self.frame),
        };
        CaptureError::Damaged { offset: self.window.offset, what }
    }

    fn find(&mut self) -> Found {
        if !self.window.need(1) {
            return if self.window.broken.is_some() { Found::Torn } else { Found::End };
        }
        match &mut self.format {
            Format::Pcap { big, nanos, header, link } => {
                if !self.window.need(*header) {
                    return Found::Torn;
                }
                let place = (*big, *nanos, *header, *link);
                let found = pcap_record(self.window.available(), place);
                match found {
                    Found::Packet(record) if !self.window.need(record.length) => Found::Torn,
                    found => found,
                }
            }
            Format::PcapNg { .. } => self.find_block(),
        }
    }

    fn find_block(&mut self) -> Found {
        if !self.window.need(12) {
            return Found::Torn;
        }
        let Format::PcapNg { big, interfaces, base } = &mut self.format else { return Found::End };
        let available = self.window.available();
        let kind = number(available, 0, *big);
        if kind == SECTION {
            *base += u32::try_from(interfaces.len()).unwrap_or(0);
            interfaces.clear();
            match number(available, 8, false) {
                0x1a2b_3c4d => *big = false,
                0x4d3c_2b1a => *big = true,
                _ => return Found::Rubbish("a section begins without a byte order".into()),
            }
        }
        let big = *big;
        let length = number(available, 4, big) as usize;
        if length < 12 || !length.is_multiple_of(4) || length > RECORD_MAX {
            return Found::Rubbish(format!("a block of {length} bytes"));
        }
        if !self.window.need(length) {
            return Found::Torn;
        }
        let block = self.window.available().get(..length).unwrap_or_default();
        if number(block, length - 4, big) as usize != length {
            return Found::Rubbish("a block whose two lengths differ".into());
        }
        let body = block.get(8..length - 4).unwrap_or_default();
        match kind {
            INTERFACE if interfaces.len() < INTERFACES_MAX => {
                if let Some(interface) = interface(body, big) {
                    self.names.push(interface.name.clone());
                    interfaces.push(interface);
                }
                Found::Other(length)
            }
            ENHANCED | SIMPLE | PACKET => match packet_block(kind, body, big, interfaces, *base) {
                Some(record) => Found::Packet(Record { data_at: record.data_at + 8, length, ..record }),
                None => Found::Rubbish("a packet block that contradicts itself".into()),
            },
            _ => Found::Other(length),
        }
    }

    /// Looks for the next plausible record after rubbish.
    fn resync(&mut self, what: &str) -> Result<(), CaptureError> {
        let began = self.window.offset;
        for _ in 0..RESYNC_MAX {
            self.window.skip(1);
            if !self.window.need(32) {
                break;
            }
            if self.plausible() {
                let skipped = self.window.offset - began;
                self.warn(format!("damaged at byte {began}: {what}; {skipped} bytes were skipped"));
                return Ok(());
            }
        }
        self.done = true;
        Err(CaptureError::Damaged {
            offset: began,
            what: format!("{what}; no further packet was found, {} were read before", self.frame),
        })
    }

    /// Whether two records in a row begin here.
    fn plausible(&mut self) -> bool {
        match &self.format {
            Format::Pcap { big, nanos, header, link } => {
                let place = (*big, *nanos, *header, *link);
                let near = |ts: Timestamp| self.last.is_none_or(|last| last.since(ts).abs() < DAY);
                let Found::Packet(first) = pcap_record(self.window.available(), place) else { return false };
                let likely =
                    first.original_len <= RECORD_LIKELY && first.captured > 0 && first.captured <= first.original_len as usize;
                if !likely || !near(first.ts) {
                    return false;
                }
                let second_at = first.length;
                if !self.window.need(second_at + place.2) {
                    return self.window.available().len() == second_at;
                }
                let second = self.window.available().get(second_at..).unwrap_or_default();
                matches!(pcap_record(second, place), Found::Packet(r) if r.original_len <= RECORD_LIKELY && r.ts.since(first.ts).abs() < DAY)
            }
            Format::PcapNg { big, .. } => {
                let big = *big;
                let available = self.window.available();
                let (kind, length) = (number(available, 0, big), number(available, 4, big) as usize);
                let known = kind == SECTION || (1..=6).contains(&kind);
                if !known || length < 12 || length % 4 != 0 || length > RECORD_LIKELY as usize + 1024 || !self.window.need(length)
                {
                    return false;
                }
                number(self.window.available(), length - 4, big) as usize == length
            }
        }
    }
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;

fn number(bytes: &[u8], at: usize, big: bool) -> u32 {
    let four = bytes.get(at..).and_then(|b| b.first_chunk::<4>()).copied().unwrap_or_default();
    if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}

fn short(bytes: &[u8], at: usize, big: bool) -> u16 {
    let two = bytes.get(at..).and_then(|b| b.first_chunk::<2>()).copied().unwrap_or_default();
    if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
}

/// Reads the capture's header.
fn begin(window: &mut Window) -> Result<Format, CaptureError> {
    if !window.need(4) {
        return Err(match window.broken.take() {
            Some(source) => CaptureError::Io { source },
            None => CaptureError::Format,
        });
    }
    let magic = number(window.available(), 0, true);
    if magic == SECTION {
        return Ok(Format::PcapNg { big: false, interfaces: Vec::new(), base: 0 });
    }
    let (big, nanos, header) = match magic {
        0xa1b2_c3d4 => (true, false, 16),
        0xd4c3_b2a1 => (false, false, 16),
        0xa1b2_3c4d => (true, true, 16),
        0x4d3c_b2a1 => (false, true, 16),
        // Kuznetzov's variant has eight more bytes in each record.
        0xa1b2_cd34 => (true, false, 24),
        0x34cd_b2a1 => (false, false, 24),
        _ => return Err(CaptureError::Format),
    };
    if !window.need(24) {
        return Err(CaptureError::Damaged { offset: 0, what: "the header is cut short".into() });
    }
    let link = LinkType(number(window.available(), 20, big) & 0x03ff_ffff);
    window.skip(24);
    Ok(Format::Pcap { big, nanos, header, link })
}

#[inline]
fn pcap_record(bytes: &[u8], (big, nanos, header, link): (bool, bool, usize, LinkType)) -> Found {
    let (seconds, fraction) = (number(bytes, 0, big), number(bytes, 4, big));
    let (captured, original_len) = (number(bytes, 8, big), number(bytes, 12, big));
    let captured = captured as usize;
    if captured > RECORD_MAX {
        return Found::Rubbish(format!("a packet of {captured} bytes"));
    }
    let micros = if nanos { fraction / 1000 } else { fraction };
    if micros > 4_000_000 {
        return Found::Rubbish(format!("a packet {micros} microseconds into its second"));
    }
    let ts = Timestamp(i64::from(seconds) * 1_000_000 + i64::from(micros));
    Found::Packet(Record { data_at: header, captured, length: header + captured, ts, original_len, interface: 0, link })
}

/// An interface description block's body.
fn interface(body: &[u8], big: bool) -> Option<Interface> {
    let mut interface = Interface {
        link: LinkType(u32::from(short(body, 0, big))),
        snaplen: number(body, 4, big),
        units: 1_000_000,
        offset: 0,
        name: String::new(),
    };
    let mut options = Reader::new(body.get(8..)?);
    while options.left() >= 4 {
        let place = options.rest();
        let (code, length) = (short(place, 0, big), usize::from(short(place, 2, big)));
        if code == 0 || options.skip(4).is_err() {
            break;
        }
        let Ok(value) = options.take(length) else { break };
        let _ = options.skip((4 - length % 4) % 4);
        match (code, value) {
            (2, name) => interface.name = String::from_utf8_lossy(name).trim_end_matches('\0').chars().take(64).collect(),
            (9, [resolution]) if resolution & 0x80 != 0 => {
                interface.units = 1u64.checked_shl(u32::from(resolution & 0x7f)).unwrap_or(1_000_000).max(1)
            }
            (9, [resolution]) => interface.units = 10u64.checked_pow(u32::from(*resolution)).unwrap_or(1_000_000),
            (14, seconds) => {
                let eight = seconds.first_chunk::<8>().copied().unwrap_or_default();
                interface.offset = if big { i64::from_be_bytes(eight) } else { i64::from_le_bytes(eight) };
            }
            _ => {}
        }
    }
    Some(interface)
}

fn packet_block(kind: u32, body: &[u8], big: bool, interfaces: &[Interface], base: u32) -> Option<Record> {
    let (index, high, low, captured, original_len, data_at) = match kind {
        ENHANCED => {
            (number(body, 0, big), number(body, 4, big), number(body, 8, big), number(body, 12, big), number(body, 16, big), 20)
        }
        PACKET => (
            u32::from(short(body, 0, big)),
            number(body, 4, big),
            number(body, 8, big),
            number(body, 12, big),
            number(body, 16, big),
            20,
        ),
        _ => {
            let original = number(body, 0, big);
            let snaplen = interfaces.first().map_or(0, |i| i.snaplen);
            let limit = if snaplen == 0 { u32::MAX } else { snaplen };
            let room = u32::try_from(body.len().saturating_sub(4)).unwrap_or(u32::MAX);
            (0, 0, 0, original.min(limit).min(room), original, 4)
        }
    };
    let interface = interfaces.get(usize::try_from(index).ok()?)?;
    let captured = captured as usize;
    if data_at + captured > body.len() {
        return None;
    }
    let ticks = u64::from(high) << 32 | u64::from(low);
    let micros = if interface.units == 1_000_000 {
        i64::try_from(ticks).unwrap_or(i64::MAX)
    } else {
        i64::try_from(u128::from(ticks) * 1_000_000 / u128::from(interface.units)).unwrap_or(i64::MAX)
    };
    let ts = Timestamp(micros.saturating_add(interface.offset.saturating_mul(1_000_000)));
    Some(Record { data_at, captured, length: 0, ts, original_len, interface: base + index, link: interface.link })
}

/// A pcapng file of the given packets: link type, time, length on the wire and bytes of each.
#[must_use]
pub fn write_pcapng<'a>(packets: impl IntoIterator<Item = (LinkType, Timestamp, u32, &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut links: Vec<LinkType> = Vec::new();
    block(&mut out, SECTION, &[&0x1a2b_3c4du32.to_le_bytes(), &[1, 0, 0, 0], &[0xff; 8]]);
    for (link, ts, original_len, data) in packets {
        let index = match links.iter().position(|l| *l == link) {
            Some(at) => at,
            None => {
                let kind = u16::try_from(link.0).unwrap_or(147).to_le_bytes();
                block(&mut out, INTERFACE, &[&kind, &[0, 0], &0u32.to_le_bytes()]);
                links.push(link);
                links.len() - 1
            }
        };
        let micros = u64::try_from(ts.0).unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, reason = "split into halves")]
        let (high, low) = ((micros >> 32) as u32, micros as u32);
        let numbers = [u32::try_from(index).unwrap_or(0), high, low, u32::try_from(data.len()).unwrap_or(0), original_len];
        let fixed: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        block(&mut out, ENHANCED, &[&fixed, data]);
    }
    out
}

fn block(out: &mut Vec<u8>, kind: u32, parts: &[&[u8]]) {
    let body: usize = parts.iter().map(|p| p.len()).sum();
    let padding = (4 - body % 4) % 4;
    let length = u32::try_from(12 + body + padding).unwrap_or(u32::MAX).to_le_bytes();
    out.extend(kind.to_le_bytes());
    out.extend(length);
    parts.iter().for_each(|p| out.extend_from_slice(p));
    out.extend(std::iter::repeat_n(0, padding));
    out.extend(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pcap(big: bool, nanos: bool, packets: &[&[u8]]) -> Vec<u8> {
        let n = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let magic = if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
        let mut out: Vec<u8> = [n(magic), if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] }, n(0), n(0), n(65535), n(1)].concat();
        for (at, data) in packets.iter().enumerate() {
            let len = data.len() as u32;
            let fraction = if nanos { 5_000 } else { 5 };
            out.extend([n(100 + at as u32), n(fraction), n(len), n(len)].concat());
            out.extend_from_slice(data);
        }
        out
    }

    /// Packets, the error at the end, and warnings.
    type Read = (Vec<(u64, Timestamp, Vec<u8>)>, Option<String>, Vec<String>);

    fn read(bytes: &[u8]) -> Read {
        let mut capture = CaptureFile::from_reader(Box::new(io::Cursor::new(bytes.to_vec()))).unwrap();
        let mut packets = Vec::new();
        loop {
            match capture.next() {
                Ok(Some(raw)) => packets.push((raw.frame, raw.ts, raw.data.to_vec())),
                Ok(None) => return (packets, None, capture.warnings().to_vec()),
                Err(error) => return (packets, Some(error.to_string()), capture.warnings().to_vec()),
            }
        }
    }

    #[test]
    fn every_flavour_reads_the_same() {
        let data: &[&[u8]] = &[b"first packet", b"second one"];
        let plain = pcap(false, false, data);
        let gzip = {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::Write::write_all(&mut encoder, &plain).unwrap();
            encoder.finish().unwrap()
        };
        let zstd = zstd::stream::encode_all(&plain[..], 1).unwrap();
        let written = write_pcapng(
            data.iter()
                .enumerate()
                .map(|(at, d)| (LinkType(1), Timestamp((100 + at as i64) * 1_000_000 + 5), d.len() as u32, *d)),
        );
        let expected = read(&plain);
        assert_eq!(expected.0.len(), 2);
        assert_eq!(expected.0[1], (2, Timestamp(101_000_005), b"second one".to_vec()));
        for other in [pcap(true, false, data), pcap(false, true, data), pcap(true, true, data), gzip, zstd, written] {
            assert_eq!(read(&other), expected);
        }
    }

    #[test]
    fn broken_off_anywhere_yields_what_is_whole() {
        let whole = pcap(false, false, &[&[7; 40], &[8; 50], &[9; 60]]);
        for end in 24..whole.len() {
            let (packets, error, _) = read(&whole[..end]);
            let complete = [(24 + 56), (24 + 56 + 66)].iter().filter(|at| end >= **at).count();
            assert_eq!(packets.len(), complete, "cut at {end}");
            assert_eq!(error.is_some(), ![24, 80, 146].contains(&end), "cut at {end}: {error:?}");
        }
    }

    #[test]
    fn rubbish_in_the_middle_is_skipped_and_said() {
        let (a, b) = (pcap(false, false, &[&[7; 40]]), pcap(false, false, &[&[8; 50], &[9; 60]]));
        let mut bytes = a;
        bytes.extend([0xee; 100]);
        bytes.extend_from_slice(&b[24..]);
        let (packets, error, warnings) = read(&bytes);
        assert_eq!((packets.len(), error), (3, None));
        assert!(warnings[0].contains("byte 80"), "{warnings:?}");
    }

    #[test]
    fn what_is_no_capture() {
        let error =
            |bytes: &[u8]| CaptureFile::from_reader(Box::new(io::Cursor::new(bytes.to_vec()))).err().map(|e| e.to_string());
        assert!(error(b"").is_some_and(|e| e.contains("empty")));
        assert!(error(b"PK\x03\x04 something else").is_some_and(|e| e.contains("pcapng")));
    }
}
