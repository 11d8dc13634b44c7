//! The fields of one message, for `decode`.

use super::data::{Download, Piece, Status, attached, board, module_text, modules, wanted};
use super::frame::{Command, Frame};
use super::names::{self, code};
use wf_wire::MessageWriter;

/// Longest data shown as they stand, in bytes.
const HEX_MAX: usize = 64;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    m.num("type", frame.kind).text("name", names::kind(frame.kind).unwrap_or("unknown_type"));
    m.num("channel", frame.channel).flag("checked", frame.checked);
    if let Some(command) = frame.command() {
        write_command(m, &command);
    }
}

fn write_command(m: &mut MessageWriter<'_>, command: &Command<'_>) {
    let name =
        if command.from_controller { names::answer(command.code) } else { names::command(command.code).map(|(name, ..)| name) };
    m.flag("response", command.from_controller).num("connection", command.connection).num("function", command.code);
    m.text("function_name", name.unwrap_or("unknown_function")).num("sequence", command.sequence);
    m.num("data_length", command.data.len() as u64).flag("summed", command.summed);
    if command.from_controller { write_answer(m, command) } else { write_question(m, command) }
}

fn write_question(m: &mut MessageWriter<'_>, command: &Command<'_>) {
    if let Some((id, offset)) = wanted(command) {
        m.num("id", id).num("offset", offset);
    } else if let Some(piece) = Piece::read(command.code, command.data) {
        write_piece(m, &piece);
    } else if let Some(download) = Download::read(command.code, command.data) {
        m.show("project", &download.project).num("built", download.project.built);
        if let Some(before) = &download.before {
            m.show("project_before", before);
        }
        m.num("functions", download.functions).num("programs", download.programs);
    } else {
        write_data(m, command.data);
    }
}

fn write_answer(m: &mut MessageWriter<'_>, command: &Command<'_>) {
    if let Some(status) = Status::read(command.code, command.data) {
        m.opt("load_state", status.load).text("key", names::key(status.key)).text("run_state", names::run(status.run));
        if let Some(valid) = status.valid {
            m.flag("program_valid", valid);
        }
        m.show("project", &status.project).num("built", status.project.built);
    }
    if let Some(piece) = Piece::read(command.code, command.data) {
        write_piece(m, &piece);
    }
    match command.code {
        code::REJECTED => {
            if let Some(reason) = command.data.first() {
                m.num("reason", *reason).text("reason_name", names::rejection(*reason));
            }
        }
        code::ATTACHED => {
            if let Some((major, minor)) = attached(command.data) {
                m.show("version", format_args!("{major}.{minor}"));
            }
        }
        code::CHASSIS_STATUS | code::MODULE_VERSIONS => {
            m.texts("modules", modules(command.code, command.data).into_iter().map(module_text));
        }
        code::CP_STATUS | code::PROGRAM | code::FUNCTION => {}
        _ => write_data(m, command.data),
    }
    if let Some((assembly, revision, serial)) = board(command.data).filter(|_| command.code == code::MODULE_VERSIONS) {
        m.text("assembly", &assembly).text("revision", &revision).text("serial", &serial);
    }
}

fn write_piece(m: &mut MessageWriter<'_>, piece: &Piece<'_>) {
    m.num("id", piece.id).num("next", piece.next).num("whole_words", piece.whole);
    m.num("offset", piece.offset).num("words", piece.words);
}

fn write_data(m: &mut MessageWriter<'_>, data: &[u8]) {
    if !data.is_empty() {
        m.hex("data", data.get(..HEX_MAX).unwrap_or(data));
    }
}
