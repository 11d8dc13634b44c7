//! Services: what a code means depends on the class of the object that it is sent to (CIP volume 1, appendix A and
//! chapters of the objects; Logix data access as Rockwell Automation publishes it in 1756-PM020).

use super::path::Object;
use wf_model::Category;

/// Service codes with a form of their own.
pub mod code {
    /// All attributes at once.
    pub const GET_ALL: u8 = 0x01;
    /// Attributes by a list.
    pub const GET_LIST: u8 = 0x03;
    /// Sets attributes by a list.
    pub const SET_LIST: u8 = 0x04;
    /// Several services in one message.
    pub const MULTIPLE: u8 = 0x0a;
    /// One attribute.
    pub const GET_SINGLE: u8 = 0x0e;
    /// Read a tag; also close a file upload and others, by class.
    pub const READ_TAG: u8 = 0x4c;
    /// Write a tag.
    pub const WRITE_TAG: u8 = 0x4d;
    /// Write bits of a tag; closes a connection at the connection manager.
    pub const MODIFY_TAG: u8 = 0x4e;
    /// Read a part of a tag; unconnected send at the connection manager.
    pub const READ_PART: u8 = 0x52;
    /// Write a part of a tag.
    pub const WRITE_PART: u8 = 0x53;
    /// Open a connection.
    pub const OPEN: u8 = 0x54;
    /// List instances with attributes (symbols: tags).
    pub const LIST_INSTANCES: u8 = 0x55;
    /// Open a connection with large sizes.
    pub const LARGE_OPEN: u8 = 0x5b;
    /// Execute a PCCC command.
    pub const PCCC: u8 = 0x4b;
}

/// Object classes that matter here.
pub mod class {
    /// Identity.
    pub const IDENTITY: u32 = 0x01;
    /// Connection manager.
    pub const CONNECTION_MANAGER: u32 = 0x06;
    /// Files.
    pub const FILE: u32 = 0x37;
    /// PCCC.
    pub const PCCC: u32 = 0x67;
    /// Symbols: tags of a Logix controller.
    pub const SYMBOL: u32 = 0x6b;
    /// Templates: structures of a Logix controller.
    pub const TEMPLATE: u32 = 0x6c;
    /// Controller (Rockwell Automation).
    pub const CONTROLLER: u32 = 0x8e;
    /// Values by a list that the client made (Rockwell Automation).
    pub const DATA_LIST: u32 = 0x72;
    /// Non-volatile storage: firmware.
    pub const STORAGE: u32 = 0xa1;
}

/// What a service does with data of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Reads it.
    Read,
    /// Reads a part.
    ReadPart,
    /// Writes it.
    Write,
    /// Writes a part.
    WritePart,
    /// Sets and clears bits.
    Modify,
}

/// Whether a service accesses a tag, and how: its path is symbolic or names an instance of the symbol class.
pub fn tag(code: u8, object: &Object) -> Option<Tag> {
    if !object.symbolic && object.class != Some(class::SYMBOL) {
        return None;
    }
    Some(match code {
        code::READ_TAG => Tag::Read,
        code::READ_PART => Tag::ReadPart,
        code::WRITE_TAG => Tag::Write,
        code::WRITE_PART => Tag::WritePart,
        code::MODIFY_TAG => Tag::Modify,
        _ => return None,
    })
}

/// Name, snake case, and category of a service.
pub fn describe(code: u8, object: &Object) -> (&'static str, Category) {
    if let Some(tag) = tag(code, object) {
        return match tag {
            Tag::Read => ("read_tag", Category::Read),
            Tag::ReadPart => ("read_tag_fragmented", Category::Read),
            Tag::Write => ("write_tag", Category::Write),
            Tag::WritePart => ("write_tag_fragmented", Category::Write),
            Tag::Modify => ("read_modify_write_tag", Category::Write),
        };
    }
    common(code, object.class)
        .or_else(|| own(code, object.class))
        .unwrap_or(("object_service", other_category(code, object.class)))
}

/// Common services, the same for every class.
fn common(code: u8, class: Option<u32>) -> Option<(&'static str, Category)> {
    let (read, write, program) = (read_category(class), write_category(class), structure_category(class));
    Some(match code {
        0x01 => ("get_attribute_all", read),
        0x02 => ("set_attribute_all", write),
        0x03 => ("get_attribute_list", read),
        0x04 => ("set_attribute_list", write),
        0x05 => ("reset", Category::Control),
        0x06 => ("start", Category::Control),
        0x07 => ("stop", Category::Control),
        0x08 => ("create", program),
        0x09 => ("delete", program),
        0x0a => ("multiple_service_packet", Category::Diagnostic),
        0x0d => ("apply_attributes", write),
        0x0e => ("get_attribute_single", read),
        0x10 => ("set_attribute_single", write),
        0x11 => ("find_next_object_instance", Category::Diagnostic),
        0x15 => ("restore", Category::Configuration),
        0x16 => ("save", Category::Configuration),
        0x17 => ("no_operation", Category::Diagnostic),
        0x18 => ("get_member", read),
        0x19 => ("set_member", write),
        0x1a => ("insert_member", write),
        0x1b => ("remove_member", write),
        0x1c => ("group_sync", Category::Diagnostic),
        _ => return None,
    })
}

/// Services of a class of its own.
fn own(code: u8, of: Option<u32>) -> Option<(&'static str, Category)> {
    use Category::{Diagnostic, Program};
    Some(match (of?, code) {
        (class::CONNECTION_MANAGER, 0x4e) => ("forward_close", Diagnostic),
        (class::CONNECTION_MANAGER, 0x52) => ("unconnected_send", Diagnostic),
        (class::CONNECTION_MANAGER, 0x54) => ("forward_open", Diagnostic),
        (class::CONNECTION_MANAGER, 0x56) => ("get_connection_data", Diagnostic),
        (class::CONNECTION_MANAGER, 0x57) => ("search_connection_data", Diagnostic),
        (class::CONNECTION_MANAGER, 0x5a) => ("get_connection_owner", Diagnostic),
        (class::CONNECTION_MANAGER, 0x5b) => ("large_forward_open", Diagnostic),
        (class::FILE, 0x4b) => ("initiate_upload", Program),
        (class::FILE, 0x4c) => ("initiate_download", Program),
        (class::FILE, 0x4d) => ("initiate_partial_read", Program),
        (class::FILE, 0x4e) => ("initiate_partial_write", Program),
        (class::FILE, 0x4f) => ("upload_transfer", Program),
        (class::FILE, 0x50) => ("download_transfer", Program),
        (class::FILE, 0x51) => ("clear_file", Program),
        (class::PCCC, 0x4b) => ("execute_pccc", Diagnostic),
        (class::SYMBOL, 0x55) => ("get_instance_attribute_list", Diagnostic),
        (class::TEMPLATE, 0x4c) => ("read_template", Diagnostic),
        (class::CONTROLLER, 0x4b) => ("lock_controller", Category::Configuration),
        (class::CONTROLLER, 0x4c) => ("unlock_controller", Category::Configuration),
        (class::STORAGE, 0x4b) => ("update_firmware", Program),
        (class::STORAGE, 0x4d) => ("transfer_firmware", Program),
        _ => return None,
    })
}

/// Reading about the device itself and its network is diagnosis; reading other objects is reading.
const fn read_category(of: Option<u32>) -> Category {
    match of {
        Some(0x01..=0x03 | 0x05 | 0x06 | 0x43 | 0x47 | 0x48 | 0x5d..=0x62 | 0xf0..=0xf8) => Category::Diagnostic,
        _ => Category::Read,
    }
}

const fn write_category(of: Option<u32>) -> Category {
    match of {
        Some(0x01..=0x03 | 0x05 | 0x06 | 0x0f | 0x10 | 0x37 | 0x43 | 0x47 | 0x48 | 0x52 | 0x5d..=0x62 | 0xf0..=0xf8) => {
            Category::Configuration
        }
        Some(0x64..=0xc7) => Category::Configuration,
        _ => Category::Write,
    }
}

/// Creating and deleting objects of a controller changes its program.
const fn structure_category(of: Option<u32>) -> Category {
    match of {
        Some(0x64..=0xc7 | class::FILE) => Category::Program,
        _ => Category::Configuration,
    }
}

/// Services of vendors' own classes. What moves parts of a program (0x4f, 0x50 at a Logix controller's program, routine
/// and task objects) was learnt from captures of uploads and downloads; no specification is public.
const fn other_category(code: u8, of: Option<u32>) -> Category {
    match (of, code) {
        (Some(class::STORAGE), _) | (Some(0x68..=0x70), 0x4f | 0x50) => Category::Program,
        (Some(class::DATA_LIST), 0x4c) => Category::Read,
        _ => Category::Diagnostic,
    }
}
