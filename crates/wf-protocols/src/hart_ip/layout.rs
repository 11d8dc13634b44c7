//! How the data of universal and common practice commands are laid out (HCF_SPEC-127, HCF_SPEC-151, HART 7), for `decode`.

use super::values::{latin, packed};
use wf_wire::{MessageWriter, Reader, Short};

/// What identifies a device (commands 0, 11, 21, 73, 75).
const IDENTITY: &str = "fixed:u8 device_type:u16 preambles_min:u8 hart_revision:u8 device_revision:u8 software_revision:u8 \
     hardware_and_signaling:u8 flags:u8 device_id:u24 preambles_answer:u8 last_variable:u8 change_counter:u16 extended_status:u8 \
     manufacturer:u16 distributor:u16 profile:u8";
/// Further status (command 48).
const STATUS: &str = "specific:x6 extended_status:u8 operating_mode:u8 standard_0:u8 standard_1:u8 analog_saturated:u8 standard_2:u8 \
     standard_3:u8 analog_fixed:u8 specific_more:x*";
const SPAN14: &str = "serial:u24 units:u8 upper:f32 lower:f32 span:f32";
const RANGE: &str = "units:u8 upper:f32 lower:f32";

/// A command, whether it is the answer, and its fields: `name:type`; `[N … ]` up to so many times.
const LAYOUTS: &[(u16, bool, &str)] = &[
    (0, true, IDENTITY),
    (1, true, "units:u8 value:f32"),
    (2, true, "current:f32 percent:f32"),
    (3, true, "current:f32 [4 units:u8 value:f32 ]"),
    (6, false, "poll_address:u8 loop_mode:u8"),
    (6, true, "poll_address:u8 loop_mode:u8"),
    (7, true, "poll_address:u8 loop_mode:u8"),
    (8, true, "[4 class:u8 ]"),
    (9, false, "[8 code:u8 ]"),
    (9, true, "extended_status:u8 [8 code:u8 class:u8 units:u8 value:f32 state:u8 ] time:u32"),
    (11, false, "tag:p6"),
    (11, true, IDENTITY),
    (12, true, "message:p24"),
    (13, true, "tag:p6 descriptor:p12 date:d3"),
    (14, true, SPAN14),
    (15, true, "alarm:u8 transfer:u8 units:u8 upper:f32 lower:f32 damping:f32 protection:u8 fixed:u8 analog_flags:u8"),
    (16, true, "assembly_number:u24"),
    (17, false, "message:p24"),
    (17, true, "message:p24"),
    (18, false, "tag:p6 descriptor:p12 date:d3"),
    (18, true, "tag:p6 descriptor:p12 date:d3"),
    (19, false, "assembly_number:u24"),
    (19, true, "assembly_number:u24"),
    (20, true, "long_tag:t32"),
    (21, false, "long_tag:t32"),
    (21, true, IDENTITY),
    (22, false, "long_tag:t32"),
    (22, true, "long_tag:t32"),
    (33, false, "[4 code:u8 ]"),
    (33, true, "[4 code:u8 units:u8 value:f32 ]"),
    (34, false, "damping:f32"),
    (34, true, "damping:f32"),
    (35, false, RANGE),
    (35, true, RANGE),
    (38, false, "change_counter:u16"),
    (38, true, "change_counter:u16"),
    (39, false, "eeprom:u8"),
    (39, true, "eeprom:u8"),
    (40, false, "current:f32"),
    (40, true, "current:f32"),
    (44, false, "units:u8"),
    (44, true, "units:u8"),
    (45, false, "current:f32"),
    (45, true, "current:f32"),
    (46, false, "current:f32"),
    (46, true, "current:f32"),
    (47, false, "transfer:u8"),
    (47, true, "transfer:u8"),
    (48, false, STATUS),
    (48, true, STATUS),
    (49, false, "serial:u24"),
    (49, true, "serial:u24"),
    (50, true, "[4 code:u8 ]"),
    (51, false, "[4 code:u8 ]"),
    (51, true, "[4 code:u8 ]"),
    (52, false, "code:u8"),
    (52, true, "code:u8"),
    (53, false, "code:u8 units:u8"),
    (53, true, "code:u8 units:u8"),
    (54, false, "code:u8"),
    (
        54,
        true,
        "code:u8 serial:u24 units:u8 upper:f32 lower:f32 damping:f32 span:f32 class:u8 family:u8 period:u32 properties:u8",
    ),
    (55, false, "code:u8 damping:f32"),
    (55, true, "code:u8 damping:f32"),
    (56, false, "code:u8 serial:u24"),
    (56, true, "code:u8 serial:u24"),
    (57, true, "tag:p6 descriptor:p12 date:d3"),
    (58, false, "tag:p6 descriptor:p12 date:d3"),
    (58, true, "tag:p6 descriptor:p12 date:d3"),
    (59, false, "preambles:u8"),
    (59, true, "preambles:u8"),
    (60, false, "channel:u8"),
    (60, true, "channel:u8 units:u8 level:f32 percent:f32"),
    (61, true, "channel_units:u8 level:f32 [4 units:u8 value:f32 ]"),
    (62, false, "[4 channel:u8 ]"),
    (62, true, "[4 channel:u8 units:u8 level:f32 ]"),
    (63, false, "channel:u8"),
    (63, true, "channel:u8 alarm:u8 transfer:u8 units:u8 upper:f32 lower:f32 damping:f32 analog_flags:u8"),
    (64, false, "channel:u8 damping:f32"),
    (64, true, "channel:u8 damping:f32"),
    (65, false, "channel:u8 units:u8 upper:f32 lower:f32"),
    (65, true, "channel:u8 units:u8 upper:f32 lower:f32"),
    (66, false, "channel:u8 units:u8 level:f32"),
    (66, true, "channel:u8 units:u8 level:f32"),
    (67, false, "channel:u8 units:u8 level:f32"),
    (67, true, "channel:u8 units:u8 level:f32"),
    (68, false, "channel:u8 units:u8 level:f32"),
    (68, true, "channel:u8 units:u8 level:f32"),
    (69, false, "channel:u8 transfer:u8"),
    (69, true, "channel:u8 transfer:u8"),
    (70, false, "channel:u8"),
    (70, true, "channel:u8 units:u8 upper:f32 lower:f32 upper_limit:f32 lower_limit:f32"),
    (71, false, "lock:u8"),
    (71, true, "lock:u8"),
    (72, false, "squawk:u8"),
    (72, true, "squawk:u8"),
    (73, true, IDENTITY),
    (74, true, "cards_max:u8 channels_max:u8 sub_devices_max:u8 devices:u16 delayed_max:u8 master_mode:u8 retries:u8"),
    (75, false, "card:u8 channel:u8 poll_address:u8"),
    (75, true, IDENTITY),
    (76, true, "lock_status:u8"),
    (79, false, "code:u8 write_command:u8 units:u8 value:f32 state:u8"),
    (79, true, "code:u8 write_command:u8 units:u8 value:f32 state:u8"),
    (80, false, "code:u8"),
    (80, true, "code:u8 units:u8 lower:f32 upper:f32"),
    (81, false, "code:u8"),
    (82, false, "code:u8 trim_point:u8 units:u8 value:f32"),
    (82, true, "code:u8 trim_point:u8 units:u8 value:f32"),
    (83, false, "code:u8"),
    (83, true, "code:u8"),
    (84, false, "index:u16"),
    (
        84,
        true,
        "index:u16 card:u8 channel:u8 manufacturer:u16 device_type:u16 device_id:u24 hart_revision:u8 long_tag:t32 \
         device_revision:u8 profile:u8 distributor:u16",
    ),
    (85, false, "card:u8 channel:u8"),
    (85, true, "card:u8 channel:u8 stx:u16 ack:u16 ostx:u16 oack:u16 back:u16"),
    (86, false, "index:u16"),
    (86, true, "index:u16 stx:u16 ack:u16 back:u16"),
    (87, false, "master_mode:u8"),
    (87, true, "master_mode:u8"),
    (88, false, "retries:u8"),
    (88, true, "retries:u8"),
    (89, false, "time_code:u8 date:d3 time:u32 zeros:u16"),
    (89, true, "time_code:u8 date:d3 time:u32 zeros:u16"),
];

/// Writes the data of a command field by field as the only element of `fields`; nothing where it has none that are known.
pub fn write(m: &mut MessageWriter<'_>, command: u16, answer: bool, data: &[u8]) {
    let known = LAYOUTS.iter().find(|(number, side, _)| (*number, *side) == (command, answer));
    let Some((_, _, layout)) = known.filter(|_| !data.is_empty()) else { return };
    m.objects("fields", [layout], |m, layout| {
        let mut r = Reader::new(data);
        let mut words = layout.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let written = match word.strip_prefix('[') {
                Some(times) => {
                    let group: Vec<&str> = words.by_ref().take_while(|word| *word != "]").collect();
                    repeated(m, &mut r, times.parse().unwrap_or(0), &group);
                    Ok(())
                }
                None => field(m, &mut r, word),
            };
            // Answers of older devices end earlier.
            if written.is_err() {
                break;
            }
        }
    });
}

fn repeated(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, times: usize, group: &[&str]) {
    let size: usize = group.iter().map(|word| word.split_once(':').map_or(0, |(_, kind)| size(kind))).sum();
    let count = times.min(r.left().checked_div(size).unwrap_or(0));
    m.objects("slots", 0..count, |m, _| {
        for word in group {
            let _ = field(m, r, word);
        }
    });
}

fn size(kind: &str) -> usize {
    match kind {
        "u8" => 1,
        "u16" => 2,
        "u24" => 3,
        "u32" | "f32" => 4,
        other => other.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0),
    }
}

fn field(m: &mut MessageWriter<'_>, r: &mut Reader<'_>, word: &str) -> Result<(), Short> {
    let Some((name, kind)) = word.split_once(':') else { return Ok(()) };
    match kind {
        "u8" => m.num(name, r.u8()?),
        "u16" => m.num(name, r.u16()?),
        "u24" => m.num(name, r.u24()?),
        "u32" => m.num(name, r.u32()?),
        "f32" => m.float(name, f64::from(r.f32()?)),
        "x*" => m.hex(name, r.take_rest()),
        "d3" => {
            let [day, month, year] = r.array()?;
            m.show(name, format_args!("{:04}-{month:02}-{day:02}", 1900 + u16::from(year)))
        }
        _ if kind.starts_with('p') => m.text(name, &packed(r.take(size(kind))?)),
        _ if kind.starts_with('t') => m.text(name, &latin(r.take(size(kind))?)),
        _ => m.hex(name, r.take(size(kind))?),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    fn check(command: u16, answer: bool, data: &str, expected: &str) {
        let mut line = String::from("{\"at\":0");
        write(&mut MessageWriter::new(&mut line), command, answer, &hex(data));
        assert_eq!(line, format!("{{\"at\":0{expected}}}"));
    }

    #[test]
    fn fields_by_command() {
        check(1, true, "27 41480000", r#","fields":[{"units":39,"value":12.5}]"#);
        check(9, false, "00 01 f4", r#","fields":[{"slots":[{"code":0},{"code":1},{"code":244}]}]"#);
        check(
            9,
            true,
            "02 00 40 fb 3f800000 c8 00000020",
            r#","fields":[{"extended_status":2,"slots":[{"code":0,"class":64,"units":251,"value":1,"state":200}],"time":32}]"#,
        );
        check(
            13,
            true,
            "001509585409 000000000000000000000000 17 0b 7d",
            r#","fields":[{"tag":"@ATIVEPI","descriptor":"@@@@@@@@@@@@@@@@","date":"2025-11-23"}]"#,
        );
        // Ends earlier: what was there stays.
        check(35, false, "27 4148", r#","fields":[{"units":39}]"#);
        check(600, true, "00", "");
    }

    #[test]
    fn every_layout_is_of_known_types() {
        for (command, _, layout) in LAYOUTS {
            for word in layout.split_ascii_whitespace().filter(|word| word.contains(':')) {
                let (_, kind) = word.split_once(':').unwrap();
                assert!(kind == "x*" || size(kind) > 0, "{command}: {word}");
            }
        }
    }
}
