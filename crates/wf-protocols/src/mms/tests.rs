use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// An element: identifier octets, then contents.
fn el(tag: &str, contents: impl AsRef<[u8]>) -> Vec<u8> {
    let contents = contents.as_ref();
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let short = u8::try_from(contents.len()).ok().filter(|n| *n < 0x80);
    let length = short.map_or_else(|| vec![0x82, length[0], length[1]], |n| vec![n]);
    [hex(tag), length, contents.to_vec()].concat()
}

fn all(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// ObjectName of a domain.
fn name(domain: &str, item: &str) -> Vec<u8> {
    el("a1", all(&[el("1a", domain), el("1a", item)]))
}

/// listOfVariable with one variable a name.
fn list(items: &[&str]) -> Vec<u8> {
    el("a0", items.iter().flat_map(|item| el("30", el("a0", name("LD", item)))).collect::<Vec<u8>>())
}

fn request(service: Vec<u8>) -> Vec<u8> {
    el("a0", all(&[hex("020105"), service]))
}

fn response(service: Vec<u8>) -> Vec<u8> {
    el("a1", all(&[hex("020105"), service]))
}

fn read(items: &[&str]) -> Vec<u8> {
    request(el("a4", el("a1", list(items))))
}

fn results(values: &str) -> Vec<u8> {
    response(el("a4", el("a1", hex(values))))
}

fn write(item: &str, data: &[u8]) -> Vec<u8> {
    request(el("a5", all(&[list(&[item]), el("a0", data)])))
}

fn cotp(data: &[u8], last: bool) -> Vec<u8> {
    let length = u16::try_from(data.len() + 7).unwrap().to_be_bytes();
    [&[3, 0], &length[..], &[2, 0xf0, if last { 0x80 } else { 0 }], data].concat()
}

/// User data of presentation context 3 behind GIVE TOKENS and DATA TRANSFER.
fn message(pdu: &[u8]) -> Vec<u8> {
    all(&[hex("01000100"), el("61", el("30", all(&[hex("020103"), el("a0", pdu)])))])
}

/// CONNECT with the contexts of association control (1) and MMS (3), around AARQ around an initiate request.
fn connect(password: bool) -> Vec<u8> {
    let initiate = hex("a826 800300fde8 81010a 82010a 830105 a416 800101 810305f100 820c03ee1c00000402000079ef18");
    let external = el("28", all(&[hex("06025101 020103"), el("a0", initiate)]));
    let secret = if password { el("ac", el("80", "secret")) } else { Vec::new() };
    let aarq = el("60", all(&[hex("a107 060528ca220203"), secret, el("be", external)]));
    let user = el("61", el("30", all(&[hex("020101"), el("a0", aarq)])));
    let contexts = hex("a423 300f 020101 06045201 0001 3004 06025101 3010 020103 0605 28ca220201 3004 06025101");
    let cp = el("31", all(&[hex("a003 800101"), el("a2", all(&[contexts, user]))]));
    let parameters = all(&[hex("0506 130100 160102 1402 0002"), session_parameter("c1", &cp)]);
    session_parameter("0d", &parameters)
}

fn session_parameter(code: &str, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&hex(code)[..], &[0xff], &length, value].concat()
}

fn feed(units: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &cotp(&connect(false), true));
    for (direction, pdu) in units {
        feeder.segment(*direction, &cotp(&message(pdu), true));
    }
    feeder.finish();
    feeder.said
}

/// Operations, but for the association's own.
fn check(ask: Vec<u8>, answer: Vec<u8>, operations: &[&str], measurements: &[&str]) {
    let units = [(ASK, ask), (ANSWER, answer)];
    let said = feed(units.get(..if units[1].1.is_empty() { 1 } else { 2 }).unwrap_or_default());
    let told: Vec<&String> = said.operations.iter().filter(|o| !o.starts_with("initiate")).collect();
    assert_eq!(told, operations);
    assert_eq!(said.measurements, measurements);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn reads_with_values() {
    check(
        read(&["A", "B"]),
        results("8301ff 80010a"),
        &["read [read] LD/A: ok", "read [read] LD/B: error: object_non_existent"],
        &["LD/A = true (good)"],
    );
    check(
        read(&["M$MX$TotW"]),
        results("a218 a207 8705 08 42480000 8403 03 0000 9108 0000000000000000"),
        &["read [read] LD/M$MX$TotW: ok"],
        &["LD/M$MX$TotW.1.1 = 50 (good)"],
    );
    check(read(&["A"]), Vec::new(), &["read [read] LD/A: unanswered"], &[]);
    let refused = hex("a20a 800105 a205 a003 870103");
    check(read(&["A"]), refused, &["read [read] LD/A: error: access object_access_denied"], &[]);
    // Alternate access (14.2): component f, then index 2, of the variable.
    let part = el("a0", el("30", all(&[el("a0", name("LD", "A")), hex("a50a a008 800166 3003 820102")])));
    check(request(el("a4", el("a1", part))), results("850107"), &["read [read] LD/A$f[2]: ok"], &["LD/A$f[2] = 7 (good)"]);
    let whole = el("a1", name("LD", "LLN0$ds"));
    check(
        request(el("a4", el("a1", whole))),
        results("850107 8301ff"),
        &["read [read] LD/LLN0$ds: ok"],
        &["LD/LLN0$ds.1 = 7 (good)", "LD/LLN0$ds.2 = true (good)"],
    );
}

#[test]
fn writes_and_what_they_mean() {
    let wrote = || response(hex("a502 8100"));
    check(write("A", &hex("850107")), wrote(), &["write [write] LD/A = 7: ok"], &["LD/A = 7 (good)"]);
    check(
        write("A", &hex("850107")),
        response(hex("a503 800103")),
        &["write [write] LD/A = 7: error: object_access_denied"],
        &[],
    );
    let act = |item: &str, data: &str, expected: &str| {
        let said = feed(&[(ASK, write(item, &hex(data))), (ANSWER, wrote())]);
        assert_eq!(said.operations.first().map(String::as_str), Some(expected));
    };
    act("LLN0$SP$SGCB$ActSG", "860102", "select_active_setting_group [configuration] LD/LLN0$SP$SGCB$ActSG = 2: ok");
    act("LLN0$BR$rcb01$RptEna", "8301ff", "set_report_control [configuration] LD/LLN0$BR$rcb01$RptEna = true: ok");
    act("LLN0$GO$gcb$GoEna", "830100", "set_goose_control [configuration] LD/LLN0$GO$gcb$GoEna = false: ok");
    act("PTOC1$SE$StrVal$setMag$f", "8705084 0900000", "write [configuration] LD/PTOC1$SE$StrVal$setMag$f = 4.5: ok");
    act("GGIO1$SV$Ind1$subVal", "8301ff", "substitute [write] LD/GGIO1$SV$Ind1$subVal = true: ok");
}

/// Oper of IEC 61850-8-1, table 43: value, origin, number, time, test, check.
const OPER: &str = "a222 8301ff a208 850103 8903 686d69 860104 9108 6500000000000000 830101 84020640";

#[test]
fn commands_of_the_control_model() {
    let act = |item: &str, expected: &str| {
        check(write(item, &hex(OPER)), response(hex("a502 8100")), &[expected], &[]);
    };
    let words = "true by remote_control \"hmi\", number 4, test, interlock check";
    act("CSWI1$CO$Pos$Oper", &format!("operate [control] LD/CSWI1$CO$Pos = {words}: ok"));
    act("CSWI1$CO$Pos$SBOw", &format!("select_with_value [control] LD/CSWI1$CO$Pos = {words}: ok"));
    act("CSWI1$CO$Pos$Cancel", &format!("cancel [control] LD/CSWI1$CO$Pos = {words}: ok"));
    check(read(&["G$CO$SPC$SBO"]), results("8a05 4c442f4724"), &["select [control] LD/G$CO$SPC: ok"], &[]);
    check(read(&["G$CO$SPC$SBO"]), results("8a00"), &["select [control] LD/G$CO$SPC: error: select_failed"], &[]);
}

fn report(access: Vec<u8>, values: &str) -> Vec<u8> {
    el("a3", el("a0", all(&[access, el("a0", hex(values))])))
}

#[test]
fn command_terminations() {
    // 20.8: the control object alone is a good end, with LastApplError before it a bad one.
    let said = feed(&[(ANSWER, report(list(&["CSWI1$CO$Pos$Oper"]), OPER))]);
    assert_eq!(said.operations[0], "command_termination [diagnostic] LD/CSWI1$CO$Pos: ok");
    let error =
        el("a0", all(&[el("30", el("a0", el("80", "LastApplError"))), el("30", el("a0", name("LD", "CSWI1$CO$Pos$Oper")))]));
    let values = format!("a21d 8a10 4c442f5824434f24506f73244f706572 850101 a200 860104 85010a {OPER}");
    let said = feed(&[(ANSWER, report(error, &values))]);
    assert_eq!(said.operations[0], "command_termination [diagnostic] LD/X$CO$Pos: error: blocked_by_interlocking");
}

#[test]
fn reports_by_the_names_of_their_data_set() {
    // Table 61 with options sequence number, time, reason, data set, revision (0x7c 0x80 of ten bits); members 1 and 3 of 3.
    let members = response(el("ac", all(&[hex("800100"), el("a1", &list(&["A$ST$x", "B$ST$x", "C$MX$y"])[2..])])));
    let values = "8a01 72 8403 067880 860107 8c06 000000000000 8a05 4c442f6473 860101 8402 05a0 8301ff 850109 84020204 84020204";
    let rpt = || report(el("a1", el("80", "RPT")), values);
    let ask = request(el("ac", name("LD", "ds")));
    let said = feed(&[(ASK, ask), (ANSWER, members), (ANSWER, rpt())]);
    assert_eq!(said.measurements, ["LD/A$ST$x = true (good)", "LD/C$MX$y = 9 (good)"]);
    let mut said = feed(&[(ANSWER, rpt())]);
    assert_eq!(said.measurements, ["LD/ds.1 = true (good)", "LD/ds.3 = 9 (good)"]);
    let message = said.parsed().pop().unwrap();
    assert_eq!((message["rpt_id"].as_str(), message["sq_num"].as_u64()), (Some("r"), Some(7)));
}

#[test]
fn components_have_names_once_their_type_was_asked() {
    // TypeSpecification of M: structure MX of structure TotW of structure mag of f, and q.
    let component = |name: &str, kind: Vec<u8>| el("30", all(&[el("80", name), el("a1", kind)]));
    let structure = |components: Vec<u8>| el("a2", el("a1", components));
    let mag = component("mag", structure(component("f", hex("a707 800120 810108"))));
    let kind = structure(component("MX", structure(component("TotW", structure(all(&[mag, component("q", hex("84010d"))]))))));
    let answer = response(el("a6", all(&[hex("800100"), el("a2", kind)])));
    let ask = request(el("a6", el("a0", name("LD", "M"))));
    let value = "a20e a207 8705 08 42480000 8403 03 0000";
    let said = feed(&[(ASK, ask), (ANSWER, answer), (ASK, read(&["M$MX$TotW"])), (ANSWER, results(value))]);
    assert_eq!(said.measurements, ["LD/M$MX$TotW$mag$f = 50 (good)"]);
    let mut said = said;
    let messages = said.parsed();
    let typed = messages.iter().find(|m| m["protocol"] == "mms" && !m["type"].is_null()).unwrap();
    assert_eq!(typed["type"], "{MX{TotW{mag{f float},q bits 13}}}");
    assert_eq!(said.operations[0], "get_variable_access_attributes [read] LD/M: ok");
}

/// ISO 9506-2, Read-Response: an answer may repeat the specification that was asked for.
#[test]
fn an_answer_may_name_its_list() {
    let named = || el("a1", name("LD", "NewDS"));
    let ask = request(el("a4", el("a1", named())));
    let answer = response(el("a4", all(&[el("a0", named()), el("a1", hex("850107"))])));
    let mut said = feed(&[(ASK, ask), (ANSWER, answer)]);
    let told = said.parsed().pop().unwrap_or_default();
    assert_eq!((told["variable_list"].as_str(), told["values"].to_string().as_str()), (Some("LD/NewDS"), "[\"7\"]"));
}

#[test]
fn other_services() {
    let identify = response(el("a2", all(&[el("80", "Vendor"), el("81", "Relay 7"), el("82", "2.1")])));
    let said = feed(&[(ASK, request(hex("8200"))), (ANSWER, identify)]);
    assert_eq!(said.evidence, ["Sender vendor=Vendor (85)", "Sender model=Relay 7 (85)", "Sender firmware=2.1 (85)"]);
    assert_eq!(said.operations[0], "identify [diagnostic] : ok");
    let said = feed(&[
        (ASK, request(el("bf48", all(&[el("a0", el("19", "f.cfg")), hex("810100")])))),
        (ANSWER, response(hex("bf4809 800103 a104 80020400"))),
        (ASK, request(hex("9f490103"))),
        (ANSWER, response(hex("bf4907 800201 02 810100"))),
        (ASK, request(hex("9f4a0103"))),
        (ANSWER, response(hex("9f4a00"))),
        (ASK, request(el("bf4d", el("a0", el("19", "dir"))))),
        (ASK, request(el("bf4b", all(&[el("a0", el("19", "a")), el("a1", el("19", "b"))])))),
    ]);
    assert_eq!(said.files, ["f.cfg 1024"]);
    assert_eq!(
        said.operations,
        [
            "file_open [read] f.cfg: ok",
            "file_read [read] f.cfg: ok",
            "file_close [read] f.cfg: ok",
            "initiate [diagnostic] : unanswered",
            "file_directory [read] dir: unanswered",
            "file_rename [program] a = to b: unanswered",
        ]
    );
    check(
        request(el("a1", hex("a003 800100 a104 8102 4c44"))),
        response(hex("a104 a002 1a00")),
        &["get_name_list [read] named_variable LD: ok"],
        &[],
    );
    check(request(hex("bf29 05 8003 505231")), response(hex("bf2900")), &["stop [control] PR1: ok"], &[]);
    check(request(hex("9f2403 444f4d")), response(hex("9f2400")), &["delete_domain [program] DOM: ok"], &[]);
}

#[test]
fn who_a_device_is() {
    let domains = response(el("a1", el("a0", all(&[el("1a", "RELAY7_CTRL"), el("1a", "RELAY7_PROT")]))));
    let said = feed(&[(ASK, request(el("a1", hex("a003 800109 a102 8000")))), (ANSWER, domains)]);
    assert_eq!(said.operations[0], "get_name_list [read] domain: ok");
    assert_eq!(said.evidence, ["Sender name=RELAY7 (40)"]);
    let said = feed(&[(ASK, read(&["LPHD1$DC$PhyNam$serNum"])), (ANSWER, results("8a03 583031"))]);
    assert_eq!(said.evidence, ["Sender serial=X01 (85)"]);
    let said = feed(&[(ASK, read(&["TASE2_Version"])), (ANSWER, results("a206 8502 07cc 8500"))]);
    assert_eq!(said.evidence, ["Sender role=scada_server (70)", "Receiver role=scada_server (70)"]);
}

#[test]
fn rejects_and_breaches() {
    let anomalies = |units: &[(Direction, Vec<u8>)]| {
        let said = feed(units);
        for anomaly in &said.anomalies {
            assert!(INFO.anomalies.iter().any(|kind| Some(kind.name) == anomaly.split(':').next()));
        }
        said.anomalies
    };
    let reject = |reason: &str| hex(&format!("a406 800105 81 01 {reason}"));
    assert_eq!(
        anomalies(&[(ASK, request(hex("8200"))), (ANSWER, reject("04"))]),
        ["rejected: confirmed_request invalid_argument"]
    );
    assert_eq!(anomalies(&[(ASK, request(hex("8200"))), (ANSWER, reject("01"))]), [""; 0], "a service it does not have");
    assert_eq!(anomalies(&[(ANSWER, response(hex("8200")))]), ["response_without_request: invoke id 5"]);
    assert_eq!(anomalies(&[(ASK, request(hex("8200"))), (ANSWER, response(hex("a000")))]), ["service_mismatch: "]);
    assert_eq!(anomalies(&[(ASK, read(&["A", "B"])), (ANSWER, results("830100"))]), ["result_count_mismatch: "]);
    assert_eq!(anomalies(&[(ASK, hex("a003 020101"))]), [""; 0], "a request without a service, as tools send it");
    assert_eq!(anomalies(&[(ASK, hex("a009 020101"))]), ["damaged_pdu: confirmed-RequestPDU"]);
    assert_eq!(anomalies(&[(ASK, hex("9f5000"))]), ["damaged_pdu: no unit"]);
    assert_eq!(anomalies(&[(ASK, request(hex("9f6000")))]), ["unknown_service: "]);
}

#[test]
fn parts_and_several_values() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &cotp(&connect(true), true));
    let whole = message(&read(&["A"]));
    feeder.segment(ASK, &[cotp(&whole[..9], false), cotp(&whole[9..], true)].concat());
    let value = |pdu: Vec<u8>| el("30", all(&[hex("020103"), el("a0", pdu)]));
    let two = all(&[hex("01000100"), el("61", all(&[value(results("830101")), value(report(list(&["B"]), "850102"))]))]);
    feeder.segment(ANSWER, &cotp(&two, true));
    feeder.segment(ASK, &cotp(&message(&hex("8b00")), true));
    feeder.segment(ANSWER, &cotp(&message(&hex("8c00")), true));
    feeder.finish();
    assert_eq!(
        feeder.said.operations,
        ["read [read] LD/A: ok", "conclude [diagnostic] : ok", "initiate [diagnostic] : unanswered"]
    );
    assert_eq!(feeder.said.measurements, ["LD/A = true (good)", "LD/B = 2 (good)"]);
    assert_eq!(feeder.said.credentials, ["password "]);
    assert_eq!(feeder.said.secrets, [6]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn associations_that_are_refused() {
    let refuse = |bytes: Vec<u8>, expected: &str| {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &cotp(&connect(false), true));
        feeder.segment(ANSWER, &cotp(&bytes, true));
        feeder.finish();
        assert_eq!(feeder.said.operations, [expected]);
        assert_eq!(feeder.said.anomalies, [""; 0]);
    };
    // REFUSE (ISO 8327-1, 8.3.5) with a reason, ABORT (8.3.6), AARE with result 1 (ISO 8650-1, 9.1).
    refuse(hex("0c03 3201 00"), "initiate [diagnostic] : error: session_refused");
    refuse(hex("1903 1101 03"), "initiate [diagnostic] : error: aborted");
    let user = el("61", el("30", all(&[hex("020101"), el("a0", el("61", hex("a203 020101")))])));
    let accept = el("31", all(&[hex("a003 800101"), el("a2", user)]));
    let accept = session_parameter("0e", &session_parameter("c1", &accept));
    refuse(accept, "initiate [diagnostic] : error: association_refused");
}

#[test]
fn who_speaks_on_port_102() {
    let ask = |data: &[u8]| {
        let bytes = cotp(data, true);
        probe(&Probe { bytes: &bytes, src_port: 40_000, dst_port: 102, transport: Transport::Tcp, from_start: true })
    };
    assert_eq!(ask(&connect(false)), Verdict::SureClient);
    assert_eq!(ask(&message(&read(&["A"]))), Verdict::SureClient);
    assert_eq!(ask(&message(&results("830100"))), Verdict::SureServer);
    assert_eq!(
        ask(&hex("a826 800300fde8 81010a 82010a 830105 a416 800101 810305f100 820c03ee1c00000402000079ef18")),
        Verdict::SureClient
    );
    assert_eq!(ask(&request(hex("8200"))), Verdict::Likely);
    assert_eq!(ask(&hex("32010000000000080000f0000001000101e0")), Verdict::No, "S7comm");
    assert_eq!(ask(&hex("72010020 31000004 ca000000 01")), Verdict::No, "S7comm-plus");
    let s7 = cotp(&message(&read(&["A"])), true);
    let verdict = (crate::s7comm::INFO.probe)(&Probe {
        bytes: &s7,
        src_port: 40_000,
        dst_port: 102,
        transport: Transport::Tcp,
        from_start: true,
    });
    assert_eq!(verdict, Verdict::No);
    // Another application over the same layers: X.500 (2.5.9.1) instead of MMS.
    let mut other = connect(false);
    let at = other.windows(4).position(|w| w == session::MMS_SYNTAX).unwrap();
    other[at] = 0x55;
    let at = other.windows(4).position(|w| w == session::MMS_SYNTAX).unwrap();
    other[at] = 0x55;
    assert_eq!(ask(&other), Verdict::No);
}

/// X.224, 13.7.3: a message may come in as many DTs as its sender likes.
#[test]
fn who_speaks_in_several_data_units() {
    let all_three = [&INFO, &crate::s7comm::INFO, &crate::s7comm_plus::INFO];
    let check = |message: &[u8], size: usize, owner: &ProtocolInfo| {
        let mut stream = Vec::new();
        let count = message.len().div_ceil(size);
        for (at, part) in message.chunks(size).enumerate() {
            stream.extend(cotp(part, at + 1 == count));
            let probe = Probe { bytes: &stream, src_port: 40_000, dst_port: 102, transport: Transport::Tcp, from_start: true };
            let said = all_three.map(|info| (info.name, (info.probe)(&probe)));
            let known = said.iter().find(|(_, verdict)| !matches!(verdict, Verdict::No | Verdict::More));
            if let Some((name, _)) = known {
                assert_eq!(*name, owner.name, "{size}");
                return;
            }
            let held: Vec<_> = said.iter().filter(|(_, verdict)| *verdict == Verdict::More).collect();
            assert!(matches!(held[..], [(name, _)] if *name == owner.name), "{size} {at} {said:?}");
        }
        panic!("{} in parts of {size} is not recognised", owner.name);
    };
    let association = connect(false);
    let units = [association, message(&read(&["A"])), message(&results("830100"))];
    for size in [1, 2, 3, 7, 16, 50, 120, 300] {
        units.iter().for_each(|unit| check(unit, size, &INFO));
        check(&hex("a826 800300fde8 81010a 82010a 830105 a416 800101 810305f100 820c03ee1c00000402000079ef18"), size, &INFO);
        check(&hex("32010000000000080000f0000001000101e0"), size, &crate::s7comm::INFO);
        check(&hex("72010010 310000055600000002 0000038634 0000 72010000"), size, &crate::s7comm_plus::INFO);
    }
}

#[test]
fn bare_units_are_taken() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &cotp(&request(hex("8200")), true));
    feeder.segment(ASK, &cotp(&hex("8b00"), true));
    feeder.finish();
    assert_eq!(feeder.said.operations, ["identify [diagnostic] : unanswered", "conclude [diagnostic] : unanswered"]);
    assert_eq!(feeder.said.parsed().len(), 1);
}

#[test]
fn memory_has_limits() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &cotp(&connect(false), true));
    for _ in 0..200 {
        feeder.segment(ASK, &cotp(&message(&read(&["A"])), true));
    }
    assert_eq!(feeder.said.evicted, 200 + 1 - 64);
}

/// A request or an answer with this number.
fn numbered(number: u8, pdu: &[u8]) -> Vec<u8> {
    let mut pdu = pdu.to_vec();
    if let Some(at) = pdu.windows(3).position(|w| w == [2, 1, 5]) {
        pdu[at + 2] = number;
    }
    cotp(&message(&pdu), true)
}

#[test]
fn requests_wait_for_a_minute_and_holes_end() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &cotp(&connect(false), true));
    let answer = results("8301ff");
    feeder.segment(ASK, &numbered(1, &read(&["A"])));
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ASK, &numbered(2, &read(&["B"])));
    let told = |feeder: &Feeder| feeder.said.operations.iter().filter(|o| o.starts_with("read")).cloned().collect::<Vec<_>>();
    assert_eq!(told(&feeder), ["read [read] LD/A: unanswered"]);
    feeder.segment(ANSWER, &numbered(1, &answer));
    assert_eq!(feeder.said.anomalies, [""; 0], "late, but asked for");
    feeder.gap(ANSWER, 100);
    feeder.segment(ANSWER, &numbered(9, &answer));
    feeder.segment(ANSWER, &numbered(2, &answer));
    feeder.segment(ANSWER, &numbered(9, &answer));
    assert_eq!(feeder.said.anomalies, [""; 0], "their requests may be in the hole");
    feeder.segment(ASK, &numbered(3, &read(&["C"])));
    feeder.segment(ANSWER, &numbered(3, &answer));
    feeder.segment(ANSWER, &numbered(9, &answer));
    assert_eq!(feeder.said.anomalies, ["response_without_request: invoke id 9"]);
    feeder.segment(ASK, &numbered(4, &read(&["D"])));
    feeder.gap(ANSWER, 100);
    feeder.segment(ASK, &numbered(5, &read(&["E"])));
    feeder.finish();
    let outcomes =
        ["A: unanswered", "B: ok", "C: ok", "D: unconfirmed", "E: unanswered"].map(|end| format!("read [read] LD/{end}"));
    assert_eq!(told(&feeder), outcomes);
}

#[test]
fn open_files_fall_out_and_are_counted() {
    let (mut known, mut said) = (Known::default(), Recorder::default());
    (0..40).for_each(|number| known.open_file(number, "f", &mut said));
    assert_eq!((said.evicted, known.file(7), known.file(8)), (8, None, Some("f")));
}

#[test]
fn types_and_long_names_share_a_room() {
    let (mut known, mut said) = (Known::default(), Recorder::default());
    let long = "n".repeat(100_000);
    for number in 0..300 {
        let item = format!("{number}{long}");
        known.describe(&object::Name::Vmd(item.as_bytes()), &[0; 32 * 1024], &mut said);
        known.open_file(number, &long, &mut said);
    }
    assert!((128 << 10..512 << 10).contains(&known.weight()) && said.evicted > 290, "{} {}", known.weight(), said.evicted);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(tag in 0u8..16, service in any::<u8>(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &cotp(&connect(false), true));
        for (direction, pdu) in [
            (ASK, request(el(&format!("{service:02x}"), &bytes))),
            (ANSWER, response(el(&format!("{service:02x}"), &bytes))),
            (ASK, el(&format!("{:02x}", 0xa0 | tag), &bytes)),
            (ANSWER, el("a3", el("a0", &bytes))),
            (ASK, bytes.clone()),
        ] {
            feeder.segment(direction, &cotp(&message(&pdu), true));
        }
        feeder.segment(ASK, &cotp(&bytes, true));
        feeder.segment(ASK, &bytes);
        feeder.finish();
        feeder.said.parsed();
    }
}
