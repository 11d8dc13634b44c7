//! Header (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, clause 3.1.3) and protocol data units
//! (MODBUS Application Protocol Specification V1.1b3, clause 6), borrowed from the packet.

use wf_wire::{Reader, Short};

/// Bytes of the MBAP header with the unit identifier.
pub const HEADER: usize = 7;
/// Longest protocol data unit that the standard allows (clause 4.1).
pub const PDU_MAX: usize = 253;

/// The header before each protocol data unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chosen by the client, repeated in the answer.
    pub transaction_id: u16,
    /// 0 for Modbus.
    pub protocol_id: u16,
    /// Bytes that follow this field: unit and protocol data unit.
    pub length: u16,
    /// Which device behind the address.
    pub unit_id: u8,
}

impl Header {
    /// Reads the seven bytes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let bytes = reader.array::<HEADER>()?;
        let [t0, t1, p0, p1, l0, l1, unit_id] = bytes;
        let (transaction_id, protocol_id) = (u16::from_be_bytes([t0, t1]), u16::from_be_bytes([p0, p1]));
        Ok(Self { transaction_id, protocol_id, length: u16::from_be_bytes([l0, l1]), unit_id })
    }
}

/// What is wrong with a unit: an anomaly's name, what was due and what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the anomaly.
    pub kind: &'static str,
    /// Due.
    pub due: u32,
    /// There.
    pub found: u32,
}

fn fault(kind: &'static str, due: usize, found: usize) -> Option<Fault> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some(Fault { kind, due: number(due), found: number(found) })
}

/// What a unit carries beside address and quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Body<'a> {
    /// Nothing.
    #[default]
    None,
    /// Bits, packed from the least significant on.
    Bits(&'a [u8]),
    /// Words.
    Registers(&'a [u8]),
    /// Value of a single coil: 0xff00 or 0.
    Coil(u16),
    /// Value of a single register.
    Register(u16),
    /// Mask write: result = (old AND and) OR (or AND NOT and).
    Mask {
        /// AND mask.
        and: u16,
        /// OR mask.
        or: u16,
    },
    /// Read and write in one.
    ReadWrite {
        /// First register read.
        read_address: u16,
        /// Registers read.
        read_quantity: u16,
        /// First register written.
        write_address: u16,
        /// Registers written.
        write_quantity: u16,
        /// Values written.
        data: &'a [u8],
    },
    /// Eight device-specific bits.
    ExceptionStatus(u8),
    /// Diagnostics.
    Diagnostic {
        /// Sub-function.
        sub: u16,
        /// Its data.
        data: &'a [u8],
    },
    /// Communication event counter and log.
    Events {
        /// 0xffff while a program command runs.
        status: u16,
        /// Successful messages.
        events: u16,
        /// Messages processed (log only).
        messages: Option<u16>,
        /// Event bytes, newest first (log only).
        log: &'a [u8],
    },
    /// Server id: device-specific.
    ServerId(&'a [u8]),
    /// File sub-requests of seven bytes each.
    FileRead(&'a [u8]),
    /// File sub-requests with their words.
    FileWrite(&'a [u8]),
    /// File sub-answers.
    FileData(&'a [u8]),
    /// Words of a queue.
    Fifo(&'a [u8]),
    /// Device identification asked.
    DeviceIdRequest {
        /// Basic, regular, extended or one object.
        code: u8,
        /// First or only object.
        object: u8,
    },
    /// Device identification answered.
    DeviceId {
        /// As asked.
        code: u8,
        /// What the device can give.
        conformity: u8,
        /// Another transaction is needed.
        more: bool,
        /// Where that begins.
        next: u8,
        /// Objects said to follow.
        count: u8,
        /// The objects.
        objects: &'a [u8],
    },
    /// Another encapsulated interface (13: CANopen).
    Encapsulated {
        /// Its type.
        mei: u8,
        /// Its data.
        data: &'a [u8],
    },
    /// A UMAS message.
    Umas(&'a [u8]),
    /// Unknown or broken: the bytes after the function code.
    Other(&'a [u8]),
}

/// One protocol data unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pdu<'a> {
    /// Function code without the exception bit.
    pub function: u8,
    /// Exception code.
    pub exception: Option<u8>,
    /// Address, where the unit itself carries one.
    pub address: Option<u16>,
    /// Quantity, where the unit itself carries one.
    pub quantity: Option<u16>,
    /// The rest.
    pub body: Body<'a>,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

impl<'a> Pdu<'a> {
    /// Reads the unit after the unit identifier. `None` if there is not even a function code.
    #[must_use]
    pub fn read(bytes: &'a [u8], request: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let code = reader.u8().ok()?;
        let mut pdu = Self { function: code & 0x7f, ..Self::default() };
        let data = reader.rest();
        let outcome = if code & 0x80 != 0 {
            reader.u8().map(|exception| pdu.exception = Some(exception))
        } else if request {
            pdu.request(&mut reader)
        } else {
            pdu.response(&mut reader)
        };
        match outcome {
            Err(short) => {
                pdu.fault = pdu.fault.or(fault("truncated_pdu", short.needed, short.left));
                if pdu.body == Body::None {
                    pdu.body = Body::Other(data);
                }
            }
            Ok(()) if pdu.fault.is_none() && !reader.is_empty() => pdu.fault = fault("trailing_bytes", 0, reader.left()),
            Ok(()) => {}
        }
        Some(pdu)
    }

    fn span(&mut self, reader: &mut Reader<'a>) -> Result<(usize, usize), Short> {
        let address = reader.u16()?;
        self.address = Some(address);
        let quantity = reader.u16()?;
        self.quantity = Some(quantity);
        Ok((usize::from(address), usize::from(quantity)))
    }

    /// Quantity limits are those of clauses 6.1 to 6.17.
    fn limited_span(&mut self, reader: &mut Reader<'a>, limit: usize) -> Result<usize, Short> {
        let (address, quantity) = self.span(reader)?;
        if quantity == 0 || quantity > limit {
            self.fault = fault("bad_quantity", limit, quantity);
        } else if address + quantity > 0x1_0000 {
            self.fault = fault("address_overflow", 0x1_0000, address + quantity);
        }
        Ok(quantity)
    }

    /// A byte count and that many bytes; what is there when fewer are.
    fn counted(&mut self, reader: &mut Reader<'a>) -> Result<&'a [u8], Short> {
        let count = usize::from(reader.u8()?);
        if reader.left() < count {
            self.fault = self.fault.or(fault("count_mismatch", count, reader.left()));
            return Ok(reader.take_rest());
        }
        reader.take(count)
    }

    fn must_be(&mut self, due: usize, found: usize) {
        if due != found {
            self.fault = self.fault.or(fault("count_mismatch", due, found));
        }
    }

    fn request(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        match self.function {
            1 | 2 => self.limited_span(r, 2000).map(|_| ()),
            3 | 4 => self.limited_span(r, 125).map(|_| ()),
            15 => {
                let quantity = self.limited_span(r, 1968)?;
                let bits = self.counted(r)?;
                self.must_be(quantity.div_ceil(8), bits.len());
                self.body = Body::Bits(bits);
                Ok(())
            }
            16 => {
                let quantity = self.limited_span(r, 123)?;
                let words = self.counted(r)?;
                self.must_be(2 * quantity, words.len());
                self.body = Body::Registers(words);
                Ok(())
            }
            20 => self.counted(r).map(|groups| {
                self.must_be(groups.len() / 7 * 7, groups.len());
                self.body = Body::FileRead(groups);
                self.quantity = groups.get(5..7).map(word);
            }),
            21 => self.file_write(r),
            23 => self.read_write(r),
            24 => r.u16().map(|address| self.address = Some(address)),
            43 => self.encapsulated(r, true),
            7 | 11 | 12 | 17 => Ok(()),
            _ => self.either(r),
        }
    }

    fn response(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        match self.function {
            1 | 2 => self.counted(r).map(|bits| self.body = Body::Bits(bits)),
            3 | 4 | 23 => self.counted(r).map(|words| {
                self.must_be(words.len() & !1, words.len());
                self.body = Body::Registers(words);
            }),
            7 => r.u8().map(|status| self.body = Body::ExceptionStatus(status)),
            11 | 12 => self.events(r),
            15 | 16 => self.span(r).map(|_| ()),
            17 => self.counted(r).map(|id| self.body = Body::ServerId(id)),
            20 => self.counted(r).map(|groups| self.body = Body::FileData(groups)),
            21 => self.file_write(r),
            24 => self.fifo(r),
            43 => self.encapsulated(r, false),
            _ => self.either(r),
        }
    }

    /// Functions whose answer has the form of the request.
    fn either(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        match self.function {
            5 => {
                self.address = Some(r.u16()?);
                let value = r.u16()?;
                if !matches!(value, 0 | 0xff00) {
                    self.fault = fault("bad_value", 0xff00, usize::from(value));
                }
                self.body = Body::Coil(value);
            }
            6 => {
                self.address = Some(r.u16()?);
                self.body = Body::Register(r.u16()?);
            }
            22 => {
                self.address = Some(r.u16()?);
                self.body = Body::Mask { and: r.u16()?, or: r.u16()? };
            }
            8 => self.body = Body::Diagnostic { sub: r.u16()?, data: r.take_rest() },
            90 => self.body = Body::Umas(r.take_rest()),
            _ => self.body = Body::Other(r.take_rest()),
        }
        Ok(())
    }

    fn file_write(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let groups = self.counted(r)?;
        self.quantity = groups.get(5..7).map(word);
        self.body = Body::FileWrite(groups);
        Ok(())
    }

    fn read_write(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let (read_address, read_quantity) = (r.u16()?, r.u16()?);
        let (write_address, write_quantity) = (r.u16()?, r.u16()?);
        if !(1..=125).contains(&read_quantity) {
            self.fault = fault("bad_quantity", 125, usize::from(read_quantity));
        } else if !(1..=121).contains(&write_quantity) {
            self.fault = fault("bad_quantity", 121, usize::from(write_quantity));
        }
        let data = self.counted(r)?;
        self.must_be(2 * usize::from(write_quantity), data.len());
        self.body = Body::ReadWrite { read_address, read_quantity, write_address, write_quantity, data };
        Ok(())
    }

    fn events(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let mut inner = if self.function == 12 { Reader::new(self.counted(r)?) } else { r.sub(4)? };
        let (status, events) = (inner.u16()?, inner.u16()?);
        let messages = if self.function == 12 { Some(inner.u16()?) } else { None };
        self.body = Body::Events { status, events, messages, log: inner.rest() };
        Ok(())
    }

    fn fifo(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let bytes = usize::from(r.u16()?);
        let count = r.u16()?;
        self.quantity = Some(count);
        let words = r.take_rest();
        self.must_be(bytes, words.len() + 2);
        self.must_be(2 * usize::from(count), words.len());
        self.body = Body::Fifo(words);
        Ok(())
    }

    fn encapsulated(&mut self, r: &mut Reader<'a>, request: bool) -> Result<(), Short> {
        let mei = r.u8()?;
        if mei != 14 {
            self.body = Body::Encapsulated { mei, data: r.take_rest() };
            return Ok(());
        }
        let code = r.u8()?;
        if request {
            self.body = Body::DeviceIdRequest { code, object: r.u8()? };
            return Ok(());
        }
        let (conformity, more, next, count) = (r.u8()?, r.u8()? != 0, r.u8()?, r.u8()?);
        let objects = r.take_rest();
        let there = Objects(Reader::new(objects)).count();
        self.must_be(usize::from(count), there);
        self.body = Body::DeviceId { code, conformity, more, next, count, objects };
        Ok(())
    }

    /// The diagnostics sub-function, the encapsulated interface's type or the UMAS function, 0 for other functions.
    #[must_use]
    pub const fn sub(&self) -> u16 {
        match self.body {
            Body::Diagnostic { sub, .. } => sub,
            Body::Encapsulated { mei, .. } => mei as u16,
            Body::DeviceIdRequest { .. } | Body::DeviceId { .. } => 14,
            Body::Umas([_, function, ..]) => *function as u16,
            _ => 0,
        }
    }
}

/// The first two bytes as a word; 0 where there are fewer.
#[must_use]
pub fn word(pair: &[u8]) -> u16 {
    pair.first_chunk::<2>().map_or(0, |pair| u16::from_be_bytes(*pair))
}

/// Words of a run of bytes; an odd last byte is left out.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(word)
}

/// The first `count` bits of a run of bytes, least significant first.
pub fn bits(bytes: &[u8], count: usize) -> impl Iterator<Item = bool> + '_ {
    bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).take(count)
}

/// Objects of a device identification: id and text.
pub struct Objects<'a>(pub Reader<'a>);

impl<'a> Iterator for Objects<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.0.u8().ok()?;
        let length = usize::from(self.0.u8().ok()?);
        self.0.take(length).ok().map(|text| (id, text))
    }
}

/// One record of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// File number.
    pub file: u16,
    /// First record.
    pub record: u16,
    /// Records.
    pub length: u16,
    /// Their words, where written.
    pub data: &'a [u8],
}

/// Sub-requests of the file functions.
pub struct Records<'a> {
    /// Their bytes.
    pub reader: Reader<'a>,
    /// Each is followed by its words.
    pub written: bool,
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.u8().ok()?;
        let (file, record, length) = (self.reader.u16().ok()?, self.reader.u16().ok()?, self.reader.u16().ok()?);
        let size = if self.written { (2 * usize::from(length)).min(self.reader.left()) } else { 0 };
        let data = self.reader.take(size).unwrap_or(&[]);
        Some(Record { file, record, length, data })
    }
}
