//! The map's positions: Purdue bands from the top, zones side by side in their band, assets in a grid in their zone. The
//! same inventory gives the same picture for everybody.

use std::collections::{BTreeMap, BTreeSet};
use wf_model::api::{MapBand, MapEdge, MapNode, MapView};
use wf_model::asset::Asset;

/// Most nodes and edges together.
pub const ELEMENTS_MAX: usize = 1_000;
/// Assets of one role in a zone that are drawn one by one without being asked for, at level 3.5 and below.
const OPEN_BELOW: usize = 12;
/// The same above: office machines are folded early.
const OPEN_ABOVE: usize = 3;

const NODE: (f64, f64) = (148.0, 44.0);
const GAP: f64 = 16.0;
const TITLE: f64 = 26.0;
const MARGIN: f64 = 120.0;
/// Widest row of a zone, in nodes.
const COLUMNS_MAX: usize = 8;

/// One observed relation between two assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Client's asset id.
    pub client: String,
    /// Server's asset id.
    pub server: String,
    /// Protocol.
    pub protocol: String,
    /// Crosses zones without a conduit.
    pub forbidden: bool,
}

/// Levels in thousandths, highest first; the unknown band comes last.
type Level = std::cmp::Reverse<i64>;
const UNKNOWN: i64 = -1;

#[expect(clippy::cast_possible_truncation, reason = "levels are 0 to 5")]
fn level_key(level: Option<f64>) -> Level {
    std::cmp::Reverse(level.map_or(UNKNOWN, |l| (l.clamp(0.0, 5.0) * 1000.0) as i64))
}

fn level_of(key: Level) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "levels are 0 to 5")]
    (key.0 != UNKNOWN).then_some(key.0 as f64 / 1000.0)
}

/// What the bands are called.
fn band_label(level: Option<f64>) -> String {
    let name = match level_key(level).0 {
        5000 => "Internet",
        4000 => "Office",
        3500 => "Industrial DMZ",
        3000 => "Operations",
        2000 => "Supervision",
        1000 => "Control",
        0 => "Field",
        UNKNOWN => return "Unknown level".into(),
        _ => "",
    };
    let level = level.unwrap_or_default();
    if name.is_empty() { format!("Level {level}") } else { format!("Level {level} · {name}") }
}

/// Lays the map out. `priorities` are the highest open priorities by asset id; `expand` names groups to unfold.
#[must_use]
pub fn layout(
    assets: &[Asset],
    relations: &[Relation],
    zone_names: &BTreeMap<String, String>,
    priorities: &BTreeMap<String, String>,
    expand: &[String],
) -> MapView {
    let expand: BTreeSet<&str> = expand.iter().map(String::as_str).collect();
    let mut folded = false;
    let groups = group(assets, &expand, &mut folded);
    let mut view = MapView { folded, ..MapView::default() };
    let mut place = BTreeMap::new();
    let mut top = GAP;
    let mut by_level: BTreeMap<Level, Vec<(&String, &Vec<Group<'_>>)>> = BTreeMap::new();
    for ((level, zone), members) in &groups {
        by_level.entry(*level).or_default().push((zone, members));
    }
    for (level, zones) in by_level {
        let mut left = MARGIN;
        let mut height: f64 = 0.0;
        let first = view.nodes.len();
        for (zone, members) in zones {
            let (width, tall) =
                draw_zone(&mut view, &mut place, (left, top + GAP), level_of(level), zone, zone_names, members, priorities);
            left += width + GAP;
            height = height.max(tall);
        }
        // All zones of a band are equally tall.
        for node in view.nodes.iter_mut().skip(first).filter(|n| n.kind == "zone") {
            node.y += (height - node.height) / 2.0;
            node.height = height;
        }
        let band =
            MapBand { purdue_level: level_of(level), label: band_label(level_of(level)), y: top, height: height + 2.0 * GAP };
        top += band.height + GAP;
        view.width = view.width.max(left);
        view.bands.push(band);
    }
    view.height = top;
    view.edges = edges(relations, &place, ELEMENTS_MAX.saturating_sub(view.nodes.len()));
    view
}

/// Assets that are drawn as one node.
struct Group<'a> {
    id: String,
    role: &'a str,
    assets: Vec<&'a Asset>,
    open: bool,
}

type Groups<'a> = BTreeMap<(Level, String), Vec<Group<'a>>>;

fn group<'a>(assets: &'a [Asset], expand: &BTreeSet<&str>, folded: &mut bool) -> Groups<'a> {
    let mut places: BTreeMap<(Level, String), BTreeMap<&str, Vec<&Asset>>> = BTreeMap::new();
    for asset in assets {
        let zone = asset.zone.clone().unwrap_or_else(|| if asset.internet { "internet".into() } else { "unassigned".into() });
        places.entry((level_key(asset.purdue_level), zone)).or_default().entry(asset.role.as_str()).or_default().push(asset);
    }
    // Half of the budget is for edges and zone boxes.
    let mut budget = ELEMENTS_MAX / 2;
    let mut groups = Groups::new();
    for ((level, zone), roles) in places {
        let mut members = Vec::new();
        for (role, mut list) in roles {
            list.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
            let id = format!("group:{zone}:{role}");
            let limit = if level.0 >= 4000 { OPEN_ABOVE } else { OPEN_BELOW };
            let wanted = list.len() <= limit || expand.contains(id.as_str());
            let open = wanted && list.len() <= budget;
            *folded |= wanted && !open;
            budget = budget.saturating_sub(if open { list.len() } else { 1 });
            members.push(Group { id, role, assets: list, open });
        }
        groups.insert((level, zone), members);
    }
    groups
}

#[expect(clippy::too_many_arguments, reason = "one drawing step; a struct for it would be used once")]
#[expect(clippy::cast_precision_loss, reason = "counts of drawn nodes are small")]
fn draw_zone(
    view: &mut MapView,
    place: &mut BTreeMap<String, String>,
    at: (f64, f64),
    level: Option<f64>,
    zone: &str,
    names: &BTreeMap<String, String>,
    members: &[Group<'_>],
    priorities: &BTreeMap<String, String>,
) -> (f64, f64) {
    let parent = format!("zone:{zone}:{}", level.map_or_else(|| "unknown".into(), |l| l.to_string()));
    let mut nodes = Vec::new();
    for group in members {
        if group.open {
            nodes.extend(group.assets.iter().map(|asset| node_of(asset, priorities)));
        } else {
            nodes.push(folded_node(group, priorities));
        }
        for asset in &group.assets {
            place.insert(asset.id.clone(), if group.open { asset.id.clone() } else { group.id.clone() });
        }
    }
    let columns = nodes.len().clamp(1, COLUMNS_MAX.max((nodes.len() as f64).sqrt() as usize * 2));
    let rows = nodes.len().div_ceil(columns).max(1);
    let (width, height) = (GAP + columns as f64 * (NODE.0 + GAP), TITLE + GAP + rows as f64 * (NODE.1 + GAP));
    for (at_node, node) in nodes.iter_mut().enumerate() {
        let (column, row) = ((at_node % columns) as f64, (at_node / columns) as f64);
        node.x = at.0 + GAP + column * (NODE.0 + GAP) + NODE.0 / 2.0;
        node.y = at.1 + TITLE + GAP + row * (NODE.1 + GAP) + NODE.1 / 2.0;
        (node.width, node.height) = NODE;
        (node.zone, node.purdue_level, node.parent) = (Some(zone.to_owned()), level, Some(parent.clone()));
    }
    let label = names.get(zone).cloned().unwrap_or_else(|| zone.to_owned());
    view.nodes.push(MapNode {
        id: parent,
        kind: "zone".into(),
        label,
        zone: Some(zone.to_owned()),
        purdue_level: level,
        x: at.0 + width / 2.0,
        y: at.1 + height / 2.0,
        width,
        height,
        count: members.iter().map(|g| g.assets.len() as u64).sum(),
        ..MapNode::default()
    });
    view.nodes.append(&mut nodes);
    (width, height)
}

fn node_of(asset: &Asset, priorities: &BTreeMap<String, String>) -> MapNode {
    MapNode {
        id: asset.id.clone(),
        kind: "asset".into(),
        label: asset.name.clone(),
        role: asset.role.clone(),
        count: 1,
        priority: priorities.get(&asset.id).cloned(),
        ..MapNode::default()
    }
}

fn folded_node(group: &Group<'_>, priorities: &BTreeMap<String, String>) -> MapNode {
    let order = ["low", "medium", "high", "highest"];
    let rank = |p: &String| order.iter().position(|o| o == p);
    MapNode {
        id: group.id.clone(),
        kind: "group".into(),
        label: format!("{} × {}", group.assets.len(), group.role.replace('_', " ")),
        role: group.role.to_owned(),
        count: group.assets.len() as u64,
        priority: group.assets.iter().filter_map(|a| priorities.get(&a.id)).max_by_key(|p| rank(p)).cloned(),
        ..MapNode::default()
    }
}

/// Folds relations to edges between drawn nodes: forbidden ones first, then the busiest, within the budget.
fn edges(relations: &[Relation], place: &BTreeMap<String, String>, budget: usize) -> Vec<MapEdge> {
    let mut folded: BTreeMap<(String, String), (BTreeSet<String>, u64, bool)> = BTreeMap::new();
    for relation in relations {
        let (Some(from), Some(to)) = (place.get(&relation.client), place.get(&relation.server)) else { continue };
        if from == to {
            continue;
        }
        let edge = folded.entry((from.clone(), to.clone())).or_default();
        if !relation.protocol.is_empty() {
            edge.0.insert(relation.protocol.clone());
        }
        edge.1 += 1;
        edge.2 |= relation.forbidden;
    }
    let mut edges: Vec<MapEdge> = folded
        .into_iter()
        .map(|((from, to), (protocols, conversations, forbidden))| MapEdge {
            from,
            to,
            protocols: protocols.into_iter().collect(),
            conversations,
            forbidden,
        })
        .collect();
    edges.sort_by(|a, b| {
        b.forbidden
            .cmp(&a.forbidden)
            .then(b.conversations.cmp(&a.conversations))
            .then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
    });
    edges.truncate(budget);
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(number: usize, role: &str, level: Option<f64>, zone: &str) -> Asset {
        Asset {
            id: format!("a-{number}"),
            name: format!("n{number:05}"),
            role: role.into(),
            purdue_level: level,
            zone: Some(zone.into()),
            ..Asset::default()
        }
    }

    fn overlap(a: &MapNode, b: &MapNode) -> bool {
        (a.x - b.x).abs() < (a.width + b.width) / 2.0 && (a.y - b.y).abs() < (a.height + b.height) / 2.0
    }

    #[test]
    fn small_plants_are_drawn_whole_and_nothing_overlaps() {
        let assets: Vec<Asset> = (0..30)
            .map(|n| {
                asset(
                    n,
                    if n % 2 == 0 { "controller" } else { "hmi" },
                    Some(f64::from((n % 3) as u8)),
                    if n % 5 == 0 { "a" } else { "b" },
                )
            })
            .collect();
        let relation = Relation { client: "a-1".into(), server: "a-2".into(), protocol: "modbus".into(), forbidden: true };
        let view = layout(&assets, &[relation], &BTreeMap::new(), &BTreeMap::from([("a-2".into(), "high".into())]), &[]);
        let drawn: Vec<&MapNode> = view.nodes.iter().filter(|n| n.kind == "asset").collect();
        assert_eq!((drawn.len(), view.bands.len(), view.edges.len()), (30, 3, 1));
        for (at, a) in drawn.iter().enumerate() {
            assert!(drawn.iter().skip(at + 1).all(|b| !overlap(a, b)), "{} overlaps", a.id);
            assert!(a.x + a.width / 2.0 <= view.width && a.y + a.height / 2.0 <= view.height);
        }
        let top = |level: f64| view.bands.iter().find(|b| b.purdue_level == Some(level)).map(|b| b.y);
        assert!(top(2.0) < top(1.0) && top(1.0) < top(0.0));
    }

    #[test]
    fn never_over_the_limit() {
        let assets: Vec<Asset> = (0..20_000).map(|n| asset(n, "workstation", Some(4.0), &format!("z{}", n % 40))).collect();
        let relations: Vec<Relation> = (0..20_000)
            .map(|n| Relation {
                client: format!("a-{n}"),
                server: format!("a-{}", (n * 7 + 1) % 20_000),
                protocol: "http".into(),
                forbidden: n % 1000 == 0,
            })
            .collect();
        let expand: Vec<String> = (0..40).map(|n| format!("group:z{n}:workstation")).collect();
        for expand in [&[][..], &expand] {
            let view = layout(&assets, &relations, &BTreeMap::new(), &BTreeMap::new(), expand);
            assert!(view.nodes.len() + view.edges.len() <= ELEMENTS_MAX, "{} + {}", view.nodes.len(), view.edges.len());
            assert_eq!(view.folded, !expand.is_empty());
            assert!(view.edges.iter().any(|e| e.forbidden));
        }
    }
}
