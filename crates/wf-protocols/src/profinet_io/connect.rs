//! The blocks that set up a relation (IEC 61158-6-10:2019, clauses 5.2.4 and 5.2.5): who, with whom, which cyclic
//! connections, which modules.

use super::blocks::{Block, kind};
use super::rpc::Uuid;
use wf_model::Mac;
use wf_wire::{Reader, Short};

/// The relation itself, out of request or answer.
#[derive(Clone, Copy)]
pub struct Ar<'a> {
    /// Kind of relation.
    pub kind: u16,
    /// Its identifier.
    pub uuid: Uuid,
    /// Its number.
    pub session: u16,
    /// MAC of the sender: of the controller in a request, of the device in an answer.
    pub mac: Mac,
    /// Requests: object of the controller.
    pub object: Uuid,
    /// Requests: properties.
    pub properties: u32,
    /// Requests: 100 ms within which the controller must go on.
    pub timeout: u16,
    /// Port for cyclic data over UDP.
    pub port: u16,
    /// Requests: station name of the controller.
    pub station: &'a [u8],
}

impl<'a> Ar<'a> {
    /// Reads request or answer.
    #[must_use]
    pub fn read(block: &Block<'a>) -> Option<Self> {
        match block.kind {
            kind::AR_REQ => Self::request(block.reader()).ok(),
            kind::AR_RES => Self::answer(block.reader()).ok(),
            _ => None,
        }
    }

    fn request(mut r: Reader<'a>) -> Result<Self, Short> {
        let (kind, uuid, session) = (r.u16()?, Uuid::read(&mut r, false)?, r.u16()?);
        let (mac, object, properties) = (Mac(r.array()?), Uuid::read(&mut r, false)?, r.u32()?);
        let (timeout, port, length) = (r.u16()?, r.u16()?, usize::from(r.u16()?));
        let station = r.take(length.min(r.left()))?;
        Ok(Self { kind, uuid, session, mac, object, properties, timeout, port, station })
    }

    fn answer(mut r: Reader<'a>) -> Result<Self, Short> {
        let (kind, uuid, session) = (r.u16()?, Uuid::read(&mut r, false)?, r.u16()?);
        let (mac, port) = (Mac(r.array()?), r.u16()?);
        Ok(Self { kind, uuid, session, mac, object: Uuid::default(), properties: 0, timeout: 0, port, station: &[] })
    }

    /// For reading and writing records alone: no process data (ARProperties.DeviceAccess of a supervisor's).
    #[must_use]
    pub const fn is_device_access(&self) -> bool {
        self.kind == 6 && self.properties & 0x100 != 0
    }
}

/// The device's station name in the answer to a connect.
#[must_use]
pub fn server_station<'a>(block: &Block<'a>) -> Option<&'a [u8]> {
    let mut r = block.reader();
    let length = if block.kind == kind::AR_SERVER { usize::from(r.u16().ok()?) } else { return None };
    r.take(length.min(r.left())).ok()
}

/// A cyclic connection.
#[derive(Clone, Copy)]
pub struct Iocr<'a> {
    /// Input, output, multicast.
    pub kind: u16,
    /// Its number in the relation.
    pub reference: u16,
    /// Frame identifier; 0xffff where the device chooses.
    pub frame_id: u16,
    /// Octets of data.
    pub length: u16,
    /// Properties: class in the lower bits.
    pub properties: u32,
    /// Clock in 31.25 µs.
    pub clock: u16,
    /// A frame every so many clocks.
    pub reduction: u16,
    /// Cycles without a frame after which the consumer gives up.
    pub watchdog: u16,
    /// The same for holding the last data.
    pub hold: u16,
    /// Number of application processes, then their objects.
    objects: Reader<'a>,
}

/// Where a submodule's data or consumer status lies in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramePlace {
    /// Application process.
    pub api: u32,
    /// Slot.
    pub slot: u16,
    /// Subslot.
    pub subslot: u16,
    /// From the frame identifier's end on.
    pub offset: u16,
    /// Consumer status rather than data.
    pub is_status: bool,
}

/// Objects in one frame.
const OBJECTS_MAX: usize = 2048;

impl<'a> Iocr<'a> {
    /// Reads request or answer (which has the first three fields alone).
    #[must_use]
    pub fn read(block: &Block<'a>) -> Option<Self> {
        match block.kind {
            kind::IOCR_REQ => Self::request(block.reader()).ok(),
            kind::IOCR_RES => Self::answer(block.reader()).ok(),
            _ => None,
        }
    }

    fn request(mut r: Reader<'a>) -> Result<Self, Short> {
        let (kind, reference, _ethertype, properties) = (r.u16()?, r.u16()?, r.u16()?, r.u32()?);
        let (length, frame_id, clock, reduction) = (r.u16()?, r.u16()?, r.u16()?, r.u16()?);
        let (_phase, _sequence, _send_offset) = (r.u16()?, r.u16()?, r.u32()?);
        let (watchdog, hold, _tag) = (r.u16()?, r.u16()?, r.u16()?);
        r.skip(6)?; // multicast address
        Ok(Self { kind, reference, frame_id, length, properties, clock, reduction, watchdog, hold, objects: r })
    }

    fn answer(mut r: Reader<'a>) -> Result<Self, Short> {
        let (kind, reference, frame_id) = (r.u16()?, r.u16()?, r.u16()?);
        let (length, properties, clock, reduction, watchdog, hold) = (0, 0, 0, 0, 0, 0);
        Ok(Self { kind, reference, frame_id, length, properties, clock, reduction, watchdog, hold, objects: Reader::new(&[]) })
    }

    /// Microseconds between two frames.
    #[must_use]
    pub fn cycle_us(&self) -> i64 {
        i64::from(self.clock) * i64::from(self.reduction) * 125 / 4
    }

    /// Which submodules' data it carries, and where.
    pub fn objects(&self, mut each: impl FnMut(FramePlace)) {
        let mut r = self.objects;
        let mut left = OBJECTS_MAX;
        let mut walk = || -> Result<(), Short> {
            for _ in 0..r.u16()? {
                let api = r.u32()?;
                for is_status in [false, true] {
                    for _ in 0..r.u16()? {
                        let (slot, subslot, offset) = (r.u16()?, r.u16()?, r.u16()?);
                        each(FramePlace { api, slot, subslot, offset, is_status });
                        left -= 1;
                        if left == 0 {
                            return Ok(());
                        }
                    }
                }
            }
            Ok(())
        };
        // What was readable has been told.
        let _ = walk();
    }
}

/// A module or submodule in a list: expected, real, or different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// Application process.
    pub api: u32,
    /// Slot.
    pub slot: u16,
    /// Identifier of the module.
    pub ident: u32,
    /// Difference blocks: state of the module.
    pub state: u16,
    /// `None` for a module without submodules.
    pub submodule: Option<Submodule>,
}

/// A submodule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submodule {
    /// Subslot.
    pub subslot: u16,
    /// Identifier.
    pub ident: u32,
    /// Difference blocks: state.
    pub state: u16,
    /// Expected: octets of input and output data.
    pub data: [u16; 2],
}

/// Modules told of one block.
const MODULES_MAX: usize = 1024;

/// Lists the submodules of a block that has them; what was readable has been told.
pub fn modules(block: &Block<'_>, mut each: impl FnMut(&Module)) {
    let mut left = MODULES_MAX;
    let mut tell = |module: &Module| {
        if left > 0 {
            left -= 1;
            each(module);
        }
    };
    let r = block.reader();
    let _ = match block.kind {
        kind::EXPECTED_SUBMODULE => expected(r, &mut tell),
        kind::MODULE_DIFF => different(r, &mut tell),
        kind::REAL_IDENTIFICATION | kind::EXPECTED_IDENTIFICATION | 0x0030..=0x0032 => {
            real(r, block.version == (1, 0) && block.kind == kind::REAL_IDENTIFICATION, &mut tell)
        }
        _ => Ok(()),
    };
}

fn expected(mut r: Reader<'_>, tell: &mut dyn FnMut(&Module)) -> Result<(), Short> {
    for _ in 0..r.u16()? {
        let (api, slot, ident, _properties) = (r.u32()?, r.u16()?, r.u32()?, r.u16()?);
        let count = r.u16()?;
        let mut module = Module { api, slot, ident, state: 0, submodule: None };
        if count == 0 {
            tell(&module);
        }
        for _ in 0..count {
            let (subslot, ident, properties) = (r.u16()?, r.u32()?, r.u16()?);
            let mut data = [0u16; 2];
            // Input and output have a description each, others one that is empty or of one way.
            for _ in 0..if properties & 3 == 3 { 2 } else { 1 } {
                let (way, length, _iocs, _iops) = (r.u16()?, r.u16()?, r.u8()?, r.u8()?);
                let at = usize::from(way == 2);
                if let Some(data) = data.get_mut(at) {
                    *data = length;
                }
            }
            module.submodule = Some(Submodule { subslot, ident, state: 0, data });
            tell(&module);
        }
    }
    Ok(())
}

fn different(mut r: Reader<'_>, tell: &mut dyn FnMut(&Module)) -> Result<(), Short> {
    for _ in 0..r.u16()? {
        let api = r.u32()?;
        for _ in 0..r.u16()? {
            let (slot, ident, state, count) = (r.u16()?, r.u32()?, r.u16()?, r.u16()?);
            let mut module = Module { api, slot, ident, state, submodule: None };
            if count == 0 {
                tell(&module);
            }
            for _ in 0..count {
                let (subslot, ident, state) = (r.u16()?, r.u32()?, r.u16()?);
                module.submodule = Some(Submodule { subslot, ident, state, data: [0; 2] });
                tell(&module);
            }
        }
    }
    Ok(())
}

fn real(mut r: Reader<'_>, one_process: bool, tell: &mut dyn FnMut(&Module)) -> Result<(), Short> {
    for _ in 0..if one_process { 1 } else { r.u16()? } {
        let api = if one_process { 0 } else { r.u32()? };
        for _ in 0..r.u16()? {
            let (slot, ident, count) = (r.u16()?, r.u32()?, r.u16()?);
            let mut module = Module { api, slot, ident, state: 0, submodule: None };
            if count == 0 {
                tell(&module);
            }
            for _ in 0..count {
                let (subslot, ident) = (r.u16()?, r.u32()?);
                module.submodule = Some(Submodule { subslot, ident, state: 0, data: [0; 2] });
                tell(&module);
            }
        }
    }
    Ok(())
}
