//! Broken plant models: each with one sentence that says where it is wrong and what was expected.

use wf_risk::plant::{check, parse};

const GOOD: &str = "schema = 1

[site]
id = \"s\"
name = \"S\"

[[zone]]
id = \"control\"
name = \"Control\"
purdue_level = 1
subnets = [\"10.0.0.0/24\", \"2001:db8::/64\"]

[[zone]]
id = \"dmz\"
name = \"DMZ\"
purdue_level = 3.5

[[conduit]]
from = \"dmz\"
to = \"control\"

[[area]]
id = \"a\"
name = \"A\"

[[unit]]
id = \"u\"
name = \"U\"
area = \"a\"

[[function]]
id = \"first\"
name = \"First\"
unit = \"u\"
restart_hours = 2.0
redundancy = \"standby\"

[[function]]
id = \"second\"
name = \"Second\"
unit = \"u\"
depends_on = [\"first\"]
";

#[track_caller]
fn broken(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from), "{from} is not in the good model");
    let error = parse(&GOOD.replace(from, to), "plant.toml").map_err(|e| e.to_string());
    assert_eq!(error.err().as_deref(), Some(expected));
}

#[test]
fn the_good_one() {
    check(&parse(GOOD, "plant.toml").unwrap()).unwrap();
}

#[test]
fn references_and_ids() {
    broken("id = \"dmz\"", "id = \"control\"", "plant.toml line 14: zone.id: 'control' is there twice");
    broken("from = \"dmz\"", "from = \"dm\"", "plant.toml line 19: conduit.from: there is no zone 'dm'; there are: control, dmz");
    broken(
        "[\"first\"]",
        "[\"third\"]",
        "plant.toml line 42: function.depends_on: there is no function 'third'; there are: first, second",
    );
    broken(
        "id = \"s\"",
        "id = \"a b\"",
        "plant.toml line 4: site.id: 'a b' is not an id of 1 to 64 letters, digits, '-', '_' or '.'",
    );
}

#[test]
fn figures_and_words() {
    broken("2.0", "nan", "plant.toml line 35: function.restart_hours: NaN is not a figure of 0 or more");
    broken("2.0", "inf", "plant.toml line 35: function.restart_hours: inf is not a figure of 0 or more");
    broken("2.0", "1e200", "plant.toml line 35: function.restart_hours: 1e200 is more than 1e12, the largest figure");
    broken("\"standby\"", "\"twice\"", "plant.toml line 36: function.redundancy: 'twice' is none of none, standby, parallel");
    broken(
        "= 3.5",
        "= -1",
        "plant.toml line 16: zone.purdue_level: -1 is not a Purdue level (0 to 5, or 3.5 for the industrial DMZ)",
    );
    broken("::/64", "::/129", "plant.toml line 11: zone.subnets: '2001:db8::/129' is not an address range such as 10.20.10.0/24");
    broken("schema = 1", "schema = 7", "plant.toml line 1: schema: 7 is not understood, 1 is expected");
}

#[test]
fn functions_that_need_each_other() {
    broken(
        "redundancy = \"standby\"",
        "depends_on = [\"second\"]",
        "plant.toml line 36: function.depends_on: 'first' depends on itself, over second",
    );
}
