//! What evidence adds up to, as data: rows in, assets out.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;
use std::net::IpAddr;
use wf_inventory::Inventory;
use wf_model::asset::{AssetOverride, AssetView};
use wf_model::observation::{AssetEvidence, Batch, ConversationWindow, Operation, Transport};
use wf_model::plant::{PlantModel, Zone};
use wf_model::{Address, Attribute, Category, Mac, Timestamp, time::SECOND};

/// One row of the compact form, seconds first:
/// `0 arp MAC IP` · `0 frame MAC IP` · `0 lease MAC IP` · `0 said MAC|- IP|- ATTRIBUTE SOURCE CONFIDENCE VALUE…` ·
/// `0 talk CLIENT SERVER PROTOCOL TO_SERVER TO_CLIENT` · `0 op SRC DST PROTOCOL FUNCTION CATEGORY COUNT`.
fn row(line: &str, batch: &mut Batch) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ts = Timestamp(words[0].parse::<i64>().expect("seconds") * SECOND);
    batch.watermark = batch.watermark.max(ts);
    let mac = |at: usize| words[at].parse::<Mac>().ok();
    let ip = |at: usize| words[at].parse::<IpAddr>().ok();
    let evidence = |bound: bool, attribute, value: String, source: &str, confidence| AssetEvidence {
        ts,
        last: ts,
        count: 1,
        mac: mac(2),
        ip: ip(3),
        bound,
        attribute,
        value,
        source: source.to_owned().into(),
        confidence,
        frame: ts.0 as u64 / 1000,
        packet: None,
    };
    let address = |at: usize| words[at].parse::<Address>().expect("address");
    match words[1] {
        "arp" => batch.evidence.push(evidence(true, Attribute::Presence, String::new(), "arp", 90)),
        "lease" => batch.evidence.push(evidence(true, Attribute::Presence, String::new(), "dhcp", 95)),
        "frame" => batch.evidence.push(evidence(false, Attribute::Presence, String::new(), "frame", 50)),
        "said" => {
            let attribute = Attribute::from_name(words[4]).expect("attribute");
            let bound = mac(2).is_some() && ip(3).is_some() && words[5] != "s7comm.szl";
            batch.evidence.push(evidence(
                bound,
                attribute,
                words[7..].join(" "),
                words[5],
                words[6].parse().expect("confidence"),
            ));
        }
        "talk" => batch.conversations.push(ConversationWindow {
            ts,
            last: ts,
            client: address(2),
            server: address(3),
            client_mac: None,
            server_mac: None,
            transport: Transport::Tcp,
            port: 502,
            protocol: words[4].to_owned().into(),
            segment: "t".into(),
            packets: [words[5].parse().expect("n"), words[6].parse().expect("n")],
            bytes: [100, 100],
            flows: 1,
            messages: 2,
            answered: 1,
            refused: 0,
            gap_bytes: 0,
            one_sided: false,
            encrypted: false,
            frame: 1,
            packet: None,
        }),
        "op" => batch.operations.push(Operation {
            ts,
            last: ts,
            count: words[7].parse().expect("count"),
            src: address(2),
            dst: address(3),
            src_mac: None,
            src_port: 40000,
            dst_port: 502,
            protocol: words[4].to_owned().into(),
            function: words[5].to_owned().into(),
            category: Category::from_name(words[6]).expect("category"),
            target: String::new(),
            value: None,
            outcome: "ok".into(),
            frame: 1,
            packets: Vec::new(),
        }),
        other => panic!("{other}"),
    }
}

fn told(lines: &[&str]) -> Inventory {
    let mut inventory = Inventory::new("s");
    let mut batch = Batch { site: "s".into(), ..Batch::default() };
    for line in lines {
        row(line, &mut batch);
    }
    inventory.apply(&batch);
    inventory
}

/// Assets as `name role level zone [macs] [ips]`, sorted.
fn shown(inventory: &Inventory) -> Vec<String> {
    let text = |items: Vec<String>| items.join(",");
    let mut all: Vec<String> = inventory
        .assets()
        .map(|a| {
            let macs = text(a.macs.iter().map(ToString::to_string).collect());
            let ips = text(a.ips.iter().map(ToString::to_string).collect());
            format!("{} {} [{macs}] [{ips}]", a.name, a.role)
        })
        .collect();
    all.sort();
    all
}

#[track_caller]
fn check(lines: &[&str], expected: &[&str]) {
    let whole = told(lines);
    assert_eq!(shown(&whole), expected);
    let mut split = Inventory::new("s");
    for line in lines {
        let mut batch = Batch::default();
        row(line, &mut batch);
        split.apply(&batch);
    }
    assert_eq!(shown(&split), expected, "one batch a row");
    assert!(split.assets().eq(whole.assets()), "the same in one batch and in many");
}

#[test]
fn a_mac_and_its_address_are_one() {
    check(
        &["0 arp 00:80:f4:00:00:01 10.0.0.1", "1 frame 00:80:f4:00:00:01 10.0.0.1"],
        &["10.0.0.1 unknown [00:80:f4:00:00:01] [10.0.0.1]"],
    );
    check(&["1 frame 02:00:00:00:00:01 10.0.0.1"], &["10.0.0.1 unknown [02:00:00:00:00:01] [10.0.0.1]"]);
}

#[test]
fn what_never_sent_is_no_asset() {
    check(
        &[
            "0 talk 10.0.0.1 10.0.0.9 modbus 1 0",
            "0 talk 10.0.0.1 255.255.255.255 dhcp 1 0",
            "0 said - 10.0.0.8 name dns 60 ghost",
        ],
        &["10.0.0.1 unknown [] [10.0.0.1]"],
    );
}

#[test]
fn a_router_merges_nothing() {
    check(
        &[
            "0 arp 00:00:5e:00:00:01 10.0.0.1",
            "1 frame 00:00:5e:00:00:01 10.0.7.5",
            "2 frame 00:00:5e:00:00:01 10.0.7.6",
            "3 arp 00:80:f4:00:00:02 10.0.0.2",
        ],
        &[
            "10.0.0.1 network_device [00:00:5e:00:00:01] [10.0.0.1]",
            "10.0.0.2 unknown [00:80:f4:00:00:02] [10.0.0.2]",
            "10.0.7.5 unknown [] [10.0.7.5]",
            "10.0.7.6 unknown [] [10.0.7.6]",
        ],
    );
    // No ARP seen at all: three addresses before one MAC, told one after the other.
    check(
        &["0 frame 00:00:5e:00:00:01 10.0.7.5", "1 frame 00:00:5e:00:00:01 10.0.7.6", "2 frame 00:00:5e:00:00:01 10.0.7.7"],
        &[
            "00:00:5e:00:00:01 network_device [00:00:5e:00:00:01] []",
            "10.0.7.5 unknown [] [10.0.7.5]",
            "10.0.7.6 unknown [] [10.0.7.6]",
            "10.0.7.7 unknown [] [10.0.7.7]",
        ],
    );
    // A host behind the router that is also seen on its own segment keeps its own MAC.
    check(
        &["0 arp 00:80:f4:00:00:09 10.0.7.5", "1 frame 00:00:5e:00:00:01 10.0.7.5", "2 arp 00:00:5e:00:00:01 10.0.0.1"],
        &["10.0.0.1 network_device [00:00:5e:00:00:01] [10.0.0.1]", "10.0.7.5 unknown [00:80:f4:00:00:09] [10.0.7.5]"],
    );
}

/// RFC 8981: a host takes one IPv6 address after the other, and neighbour discovery binds each of them.
#[test]
fn addresses_for_privacy_make_no_router() {
    let lines: Vec<String> = (1..40).map(|n| format!("{n} arp 00:80:f4:00:00:01 2001:db8:1::{n:x}")).collect();
    let inventory = told(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let assets = shown(&inventory);
    assert!(assets.len() == 1 && !assets[0].contains("network_device"), "{assets:?}");
}

#[test]
fn interfaces_of_one_router() {
    check(
        &[
            "0 arp 00:1b:54:00:00:01 10.0.1.1",
            "0 arp 00:1b:54:00:00:02 10.0.2.1",
            "1 arp 00:80:f4:00:00:11 10.0.1.11",
            "1 arp 00:80:f4:00:00:22 10.0.2.22",
            "2 frame 00:1b:54:00:00:01 10.0.2.22",
            "2 frame 00:1b:54:00:00:02 10.0.1.11",
        ],
        &[
            "10.0.1.1 network_device [00:1b:54:00:00:01,00:1b:54:00:00:02] [10.0.1.1,10.0.2.1]",
            "10.0.1.11 unknown [00:80:f4:00:00:11] [10.0.1.11]",
            "10.0.2.22 unknown [00:80:f4:00:00:22] [10.0.2.22]",
        ],
    );
}

#[test]
fn leases_and_swapped_cards() {
    check(
        &[
            "0 lease 00:80:f4:00:00:01 10.0.0.50",
            "1 frame 00:80:f4:00:00:01 10.0.0.50",
            "0 said 00:80:f4:00:00:01 - name dhcp 80 PC-ONE",
            "90 lease 00:80:f4:00:00:01 10.0.0.51",
            "91 frame 00:80:f4:00:00:01 10.0.0.51",
        ],
        &["PC-ONE workstation [00:80:f4:00:00:01] [10.0.0.51]"],
    );
    // The same lease given to another device.
    check(
        &[
            "0 lease 00:80:f4:00:00:01 10.0.0.50",
            "1 frame 00:80:f4:00:00:01 10.0.0.50",
            "0 said 00:80:f4:00:00:01 - name dhcp 80 PC-ONE",
            "90 lease 00:80:f4:00:00:02 10.0.0.50",
            "91 frame 00:80:f4:00:00:02 10.0.0.50",
            "90 said 00:80:f4:00:00:02 - name dhcp 80 PC-TWO",
        ],
        &["PC-ONE workstation [00:80:f4:00:00:01] []", "PC-TWO workstation [00:80:f4:00:00:02] [10.0.0.50]"],
    );
    // A new card in the same controller.
    check(
        &[
            "0 arp 00:80:f4:00:00:01 10.0.0.5",
            "1 said 00:80:f4:00:00:01 10.0.0.5 serial s7comm.szl 95 S-1",
            "90 arp 00:1b:1b:00:00:02 10.0.0.5",
            "91 said 00:1b:1b:00:00:02 10.0.0.5 serial s7comm.szl 95 S-1",
        ],
        &["10.0.0.5 unknown [00:1b:1b:00:00:02,00:80:f4:00:00:01] [10.0.0.5]"],
    );
    // Another device on the same address.
    check(
        &[
            "0 arp 00:80:f4:00:00:01 10.0.0.5",
            "1 said 00:80:f4:00:00:01 10.0.0.5 serial s7comm.szl 95 S-1",
            "90 arp 00:1b:1b:00:00:02 10.0.0.5",
            "91 said 00:1b:1b:00:00:02 10.0.0.5 serial s7comm.szl 95 S-2",
        ],
        &["00:80:f4:00:00:01 unknown [00:80:f4:00:00:01] []", "10.0.0.5 unknown [00:1b:1b:00:00:02] [10.0.0.5]"],
    );
}

#[test]
fn roles_by_behaviour() {
    check(
        &[
            "0 op 10.0.2.1 10.0.1.1 modbus read_holding_registers read 500",
            "0 op 10.0.2.1 10.0.1.2 s7comm read_var read 500",
            "0 op 10.0.2.1 10.0.1.1 modbus write_single_register write 1",
            "0 op 10.0.2.2 10.0.1.1 modbus read_holding_registers read 500",
            "0 op 10.0.2.2 10.0.1.2 s7comm read_var read 500",
            "0 op 10.0.2.3 10.0.1.2 s7comm read_szl diagnostic 4",
            "0 op 10.0.2.4 10.0.1.3 dnp3 read read 40",
            "0 said - 10.0.1.1 model modbus.device_id 90 ETHERNET Fieldbus Coupler",
        ],
        &[
            "10.0.1.2 controller [] [10.0.1.2]",
            "10.0.1.3 rtu [] [10.0.1.3]",
            "10.0.2.1 hmi [] [10.0.2.1]",
            "10.0.2.2 historian [] [10.0.2.2]",
            "10.0.2.3 engineering_station [] [10.0.2.3]",
            "10.0.2.4 scada_server [] [10.0.2.4]",
            "ETHERNET Fieldbus Coupler 10.0.1.1 remote_io [] [10.0.1.1]",
        ],
    );
}

#[test]
fn meters_and_safety_controllers_are_no_plain_controllers() {
    check(
        &[
            "0 op 10.0.2.1 10.0.1.1 dlms get read 500",
            "0 op 10.0.2.1 10.0.1.2 c1222 full_read read 500",
            "0 op 10.0.2.2 10.0.1.3 tristation allocate_program program 5",
            "0 op 10.0.2.3 10.0.1.3 modbus read_holding_registers read 500",
        ],
        &[
            "10.0.1.1 meter [] [10.0.1.1]",
            "10.0.1.2 meter [] [10.0.1.2]",
            "10.0.1.3 safety_controller [] [10.0.1.3]",
            "10.0.2.1 historian [] [10.0.2.1]",
            "10.0.2.2 engineering_station [] [10.0.2.2]",
            "10.0.2.3 historian [] [10.0.2.3]",
        ],
    );
}

#[test]
fn zones_by_plan_or_by_neighbours() {
    let lines = [
        "0 op 10.0.2.1 10.0.1.1 modbus read_holding_registers read 5",
        "1 frame 02:00:00:00:00:07 10.0.1.7",
        "2 frame 02:00:00:00:00:08 8.8.8.8",
    ];
    let mut inventory = told(&lines);
    let places = |i: &Inventory| -> Vec<(String, Option<f64>, Option<String>)> {
        let mut all: Vec<_> =
            i.assets().filter(|a| !a.ips.is_empty()).map(|a| (a.ips[0].to_string(), a.purdue_level, a.zone.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let at = |ip: &str, level: f64, zone: &str| (ip.to_owned(), Some(level), Some(zone.to_owned()));
    let inferred = vec![
        at("10.0.1.1", 1.0, "net-10-0-1-0-24"),
        at("10.0.1.7", 1.0, "net-10-0-1-0-24"),
        at("10.0.2.1", 3.0, "net-10-0-2-0-24"),
        at("8.8.8.8", 5.0, "internet"),
    ];
    assert_eq!(places(&inventory), inferred);
    let zone = Zone { id: "cell".into(), name: "Cell".into(), purdue_level: 2.0, subnets: vec!["10.0.1.0/24".into()] };
    inventory.set_plant(&PlantModel { zones: vec![zone], ..PlantModel::default() });
    let mut planned = inferred;
    planned[0] = at("10.0.1.1", 2.0, "cell");
    planned[1] = at("10.0.1.7", 2.0, "cell");
    assert_eq!(places(&inventory), planned);
}

#[test]
fn a_persons_word_wins_and_can_be_taken_back() {
    let mut inventory =
        told(&["0 arp 00:80:f4:00:00:01 10.0.0.1", "0 said 00:80:f4:00:00:01 10.0.0.1 name profinet_dcp 90 plc-1"]);
    let id = inventory.assets().next().expect("one").id.clone();
    let word = AssetOverride { name: Some("Boiler 2".into()), role: Some("rtu".into()), ..AssetOverride::default() };
    let detail = inventory.override_asset(&id, &word, "ann").expect("known");
    assert_eq!((detail.asset.name.as_str(), detail.asset.role.as_str(), detail.asset.role_confidence), ("Boiler 2", "rtu", 100));
    let names: Vec<_> =
        detail.attributes.iter().filter(|a| a.name == "name").map(|a| (a.value.as_str(), a.source.as_ref(), a.chosen)).collect();
    assert_eq!(names, [("Boiler 2", "person", true), ("plc-1", "profinet_dcp", false)]);
    let back = AssetOverride { name: Some(String::new()), role: Some(String::new()), ..AssetOverride::default() };
    let detail = inventory.override_asset(&id, &back, "ann").expect("known");
    assert_eq!((detail.asset.name.as_str(), detail.asset.role.as_str()), ("plc-1", "unknown"));
    assert!(inventory.override_asset("a-none", &back, "ann").is_none());
}

#[test]
fn a_word_stays_with_the_device_not_with_its_address() {
    let named = |name: &str| AssetOverride { name: Some(name.into()), ..AssetOverride::default() };
    let mut inventory = told(&["0 frame 00:80:f4:00:00:01 -"]);
    let id = inventory.assets().next().expect("one").id.clone();
    inventory.override_asset(&id, &named("A"), "ann").expect("known");
    // It gets an address, and another name.
    let more = |inventory: &mut Inventory, lines: &[&str]| {
        let mut batch = Batch::default();
        lines.iter().for_each(|line| row(line, &mut batch));
        inventory.apply(&batch);
    };
    more(&mut inventory, &["5 lease 00:80:f4:00:00:01 10.0.0.50"]);
    let id = inventory.by_address(&Address::Ip("10.0.0.50".parse().expect("ip"))).expect("one").id.to_owned();
    let detail = inventory.override_asset(&id, &named("B"), "bob").expect("known");
    assert_eq!(detail.asset.name, "B");
    // The address passes to another device: the name does not.
    more(&mut inventory, &["9000 lease 00:1b:1b:00:00:02 10.0.0.50", "9001 frame 00:1b:1b:00:00:02 10.0.0.50"]);
    let mut names: Vec<&str> = inventory.assets().map(|asset| asset.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["10.0.0.50", "B"]);
}

#[test]
fn changes_name_what_an_asset_became() {
    let mut inventory = told(&["5 frame 00:80:f4:00:00:01 10.0.0.1"]);
    let before = inventory.take_changes();
    assert_eq!((before.upserted.len(), before.removed.len()), (1, 0));
    // It turns out that the MAC was there before the address: the id follows the earliest part.
    let mut batch = Batch::default();
    row("1 said 00:80:f4:00:00:01 - name lldp 90 sw-1", &mut batch);
    inventory.apply(&batch);
    let after = inventory.take_changes();
    assert_eq!(after.removed, [(before.upserted[0].asset.id.clone(), after.upserted[0].asset.id.clone())]);
    assert_eq!(inventory.by_address(&"10.0.0.1".parse().expect("ip")).map(|f| f.name), Some("sw-1"));
    assert!(inventory.take_changes().upserted.is_empty());
}

#[test]
fn a_snapshot_is_the_whole() {
    let inventory = told(&["0 arp 00:80:f4:00:00:01 10.0.0.1", "0 op 10.0.2.1 10.0.1.1 modbus read_holding_registers read 5"]);
    let bytes = postcard::to_allocvec(&inventory).expect("serialises");
    let again: Inventory = postcard::from_bytes(&bytes).expect("deserialises");
    assert_eq!(again, inventory);
}

fn any_row() -> impl Strategy<Value = String> {
    let ip = (0u8..3, 1u8..6).prop_map(|(net, host)| format!("10.0.{net}.{host}"));
    let mac = (1u8..6).prop_map(|n| format!("00:80:f4:00:00:0{n}"));
    (0u8..7, 0i64..100, mac, ip.clone(), ip).prop_map(|(kind, at, mac, ip, other)| match kind {
        0 => format!("{at} arp {mac} {ip}"),
        1 | 2 => format!("{at} frame {mac} {ip}"),
        3 => format!("{at} lease {mac} {ip}"),
        4 => format!("{at} said {mac} {ip} serial s7comm.szl 90 {other}"),
        5 => format!("{at} talk {ip} {other} modbus 2 {}", at % 2),
        _ => format!("{at} op {ip} {other} modbus write_single_register write 1"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn cutting_into_batches_does_not_matter_once_settled(rows in prop::collection::vec(any_row(), 1..40), cut in 1usize..8) {
        let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
        let mut whole = told(&lines);
        let mut split = Inventory::new("s");
        for chunk in lines.chunks(cut) {
            let mut batch = Batch::default();
            for line in chunk {
                row(line, &mut batch);
            }
            split.apply(&batch);
            split.take_changes();
        }
        whole.settle_all();
        split.settle_all();
        prop_assert!(split.assets().eq(whole.assets()), "{:#?}\n{:#?}", shown(&whole), shown(&split));
    }
}
