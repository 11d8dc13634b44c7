//! The map's positions: Purdue bands from the top, zones side by side in their band, assets in a grid in their zone. The
//! same inventory gives the same picture for everybody.

use ahash::AHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use wf_model::api::{MapBand, MapEdge, MapNode, MapView};
use wf_model::asset::AssetFacts;

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
/// A map narrower than this is not folded into rows.
const WIDTH_MIN: f64 = 2_600.0;
/// Width to height of a screen.
const SCREEN: f64 = 16.0 / 9.0;

/// One observed relation between two assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation<'a> {
    /// Client's asset id.
    pub client: &'a str,
    /// Server's asset id.
    pub server: &'a str,
    /// Protocol.
    pub protocol: &'a str,
    /// Crosses zones without a conduit.
    pub forbidden: bool,
}

/// Levels in thousandths, highest first; the unknown band comes last.
type Level = Reverse<i64>;
const UNKNOWN: i64 = -1;

#[expect(clippy::cast_possible_truncation, reason = "levels are 0 to 5")]
fn level_key(level: Option<f64>) -> Level {
    Reverse(level.map_or(UNKNOWN, |l| (l.clamp(0.0, 5.0) * 1000.0) as i64))
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
pub fn layout<'a>(
    assets: &[AssetFacts<'a>],
    relations: &[Relation<'a>],
    zone_names: &BTreeMap<String, String>,
    priorities: &BTreeMap<String, String>,
    expand: &[String],
) -> MapView {
    let expand: BTreeSet<&str> = expand.iter().map(String::as_str).collect();
    let mut folded = false;
    let groups = group(assets, &expand, &mut folded);
    let mut view = MapView { folded, ..MapView::default() };
    let mut place = Places::default();
    let mut top = GAP;
    let mut by_level: BTreeMap<Level, Vec<(&String, &Vec<Group<'_>>)>> = BTreeMap::new();
    for ((level, zone), members) in &groups {
        by_level.entry(*level).or_default().push((zone, members));
    }
    let wide = wide_enough(&groups);
    for (level, zones) in by_level {
        let (mut left, mut row, mut tall) = (MARGIN, top + GAP, 0.0);
        let mut first = view.nodes.len();
        for (zone, members) in zones {
            let (_, width, height) = extent(members);
            if left > MARGIN && left + width > wide {
                level_out(&mut view, first, tall);
                (left, row, tall, first) = (MARGIN, row + tall + GAP, 0.0, view.nodes.len());
            }
            draw_zone(&mut view, &mut place, (left, row), level_of(level), zone, zone_names, members, priorities);
            left += width + GAP;
            tall = tall.max(height);
            view.width = view.width.max(left);
        }
        level_out(&mut view, first, tall);
        let band =
            MapBand { purdue_level: level_of(level), label: band_label(level_of(level)), y: top, height: row + tall + GAP - top };
        top += band.height + GAP;
        view.bands.push(band);
    }
    view.height = top;
    view.edges = edges(relations, &place, ELEMENTS_MAX.saturating_sub(view.nodes.len()));
    view
}

/// Zones of one row are equally tall.
fn level_out(view: &mut MapView, first: usize, height: f64) {
    for node in view.nodes.iter_mut().skip(first).filter(|n| n.kind == "zone") {
        node.y += (height - node.height) / 2.0;
        node.height = height;
    }
}

/// How wide a band may become before its zones go on in another row: about the shape of a screen for the whole map.
fn wide_enough(groups: &Groups<'_>) -> f64 {
    let area: f64 = groups.values().map(|members| extent(members)).map(|(_, width, height)| (width + GAP) * (height + GAP)).sum();
    (area * SCREEN).sqrt().max(WIDTH_MIN)
}

/// A zone's box: columns, width, height.
#[expect(clippy::cast_precision_loss, reason = "counts of drawn nodes are small")]
fn extent(members: &[Group<'_>]) -> (usize, f64, f64) {
    let nodes: usize = members.iter().map(|group| if group.open { group.assets.len() } else { 1 }).sum();
    let columns = nodes.clamp(1, COLUMNS_MAX.max((nodes as f64).sqrt() as usize * 2));
    let rows = nodes.div_ceil(columns).max(1);
    (columns, GAP + columns as f64 * (NODE.0 + GAP), TITLE + GAP + rows as f64 * (NODE.1 + GAP))
}

/// Assets that are drawn as one node.
struct Group<'a> {
    id: String,
    role: &'a str,
    assets: Vec<AssetFacts<'a>>,
    open: bool,
}

/// The node on which each asset is drawn.
type Places<'a> = AHashMap<&'a str, Rc<str>>;

type Groups<'a> = BTreeMap<(Level, String), Vec<Group<'a>>>;

fn group<'a>(assets: &[AssetFacts<'a>], expand: &BTreeSet<&str>, folded: &mut bool) -> Groups<'a> {
    let mut places: BTreeMap<(Level, &str), BTreeMap<&'a str, Vec<AssetFacts<'a>>>> = BTreeMap::new();
    for asset in assets {
        let zone = asset.zone.unwrap_or(if asset.internet { "internet" } else { "unassigned" });
        places.entry((level_key(asset.purdue_level), zone)).or_default().entry(asset.role).or_default().push(*asset);
    }
    // Half of the budget is for edges and zone boxes.
    let mut budget = ELEMENTS_MAX / 2;
    let mut groups = Groups::new();
    for ((level, zone), roles) in places {
        let mut members = Vec::new();
        for (role, mut list) in roles {
            list.sort_by_key(|asset| (asset.name, asset.id));
            let id = format!("group:{zone}:{role}");
            let limit = if level.0 >= 4000 { OPEN_ABOVE } else { OPEN_BELOW };
            let wanted = list.len() <= limit || expand.contains(id.as_str());
            let open = wanted && list.len() <= budget;
            *folded |= wanted && !open;
            budget = budget.saturating_sub(if open { list.len() } else { 1 });
            members.push(Group { id, role, assets: list, open });
        }
        groups.insert((level, zone.to_owned()), members);
    }
    groups
}

#[expect(clippy::too_many_arguments, reason = "one drawing step; a struct for it would be used once")]
#[expect(clippy::cast_precision_loss, reason = "counts of drawn nodes are small")]
fn draw_zone<'a>(
    view: &mut MapView,
    place: &mut Places<'a>,
    at: (f64, f64),
    level: Option<f64>,
    zone: &str,
    names: &BTreeMap<String, String>,
    members: &[Group<'a>],
    priorities: &BTreeMap<String, String>,
) {
    let parent = format!("zone:{zone}:{}", level.map_or_else(|| "unknown".into(), |l| l.to_string()));
    let mut nodes = Vec::new();
    for group in members {
        if group.open {
            nodes.extend(group.assets.iter().map(|asset| node_of(asset, priorities)));
        } else {
            nodes.push(folded_node(group, priorities));
        }
        let whole: Rc<str> = group.id.as_str().into();
        for asset in &group.assets {
            place.insert(asset.id, if group.open { asset.id.into() } else { Rc::clone(&whole) });
        }
    }
    let (columns, width, height) = extent(members);
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
}

fn node_of(asset: &AssetFacts<'_>, priorities: &BTreeMap<String, String>) -> MapNode {
    MapNode {
        id: asset.id.to_owned(),
        kind: "asset".into(),
        label: asset.name.to_owned(),
        role: asset.role.to_owned(),
        count: 1,
        priority: priorities.get(asset.id).cloned(),
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
        priority: group.assets.iter().filter_map(|a| priorities.get(a.id)).max_by_key(|p| rank(p)).cloned(),
        ..MapNode::default()
    }
}

/// Folds relations to edges between drawn nodes: forbidden ones first, then the busiest, within the budget.
fn edges(relations: &[Relation<'_>], place: &Places<'_>, budget: usize) -> Vec<MapEdge> {
    let mut folded: AHashMap<(&str, &str), (BTreeSet<&str>, u64, bool)> = AHashMap::new();
    for relation in relations {
        let (Some(from), Some(to)) = (place.get(relation.client), place.get(relation.server)) else { continue };
        if from == to {
            continue;
        }
        let edge = folded.entry((from, to)).or_default();
        if !relation.protocol.is_empty() {
            edge.0.insert(relation.protocol);
        }
        edge.1 += 1;
        edge.2 |= relation.forbidden;
    }
    let mut edges: Vec<_> = folded.into_iter().collect();
    let order = |((from, to), (_, conversations, forbidden)): &((&str, &str), (BTreeSet<&str>, u64, bool))| {
        (!forbidden, Reverse(*conversations), from.to_string(), to.to_string())
    };
    edges.sort_by_cached_key(order);
    edges.truncate(budget);
    edges
        .into_iter()
        .map(|((from, to), (protocols, conversations, forbidden))| MapEdge {
            from: from.to_owned(),
            to: to.to_owned(),
            protocols: protocols.into_iter().map(str::to_owned).collect(),
            conversations,
            forbidden,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_model::asset::Asset;

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
        let relation = Relation { client: "a-1", server: "a-2", protocol: "modbus", forbidden: true };
        let facts: Vec<AssetFacts<'_>> = assets.iter().map(Asset::facts).collect();
        let view = layout(&facts, &[relation], &BTreeMap::new(), &BTreeMap::from([("a-2".into(), "high".into())]), &[]);
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
    fn many_zones_go_on_in_rows() {
        let assets: Vec<Asset> = (0..180).map(|n| asset(n, "controller", Some(1.0), &format!("z{}", n / 2))).collect();
        let facts: Vec<AssetFacts<'_>> = assets.iter().map(Asset::facts).collect();
        let view = layout(&facts, &[], &BTreeMap::new(), &BTreeMap::new(), &[]);
        assert!(view.width < 3.0 * view.height, "{} × {}", view.width, view.height);
        let zones: Vec<&MapNode> = view.nodes.iter().filter(|n| n.kind == "zone").collect();
        let [band] = view.bands.as_slice() else { panic!("one level") };
        for (at, a) in zones.iter().enumerate() {
            assert!(zones.iter().skip(at + 1).all(|b| !overlap(a, b)), "{} overlaps", a.id);
            assert!(a.y - a.height / 2.0 >= band.y && a.y + a.height / 2.0 <= band.y + band.height, "{} leaves its band", a.id);
        }
    }

    #[test]
    fn never_over_the_limit() {
        let assets: Vec<Asset> = (0..20_000).map(|n| asset(n, "workstation", Some(4.0), &format!("z{}", n % 40))).collect();
        let facts: Vec<AssetFacts<'_>> = assets.iter().map(Asset::facts).collect();
        let relations: Vec<Relation<'_>> = facts
            .iter()
            .enumerate()
            .map(|(n, client)| Relation {
                client: client.id,
                server: facts[(n * 7 + 1) % 20_000].id,
                protocol: "http",
                forbidden: n % 1000 == 0,
            })
            .collect();
        let expand: Vec<String> = (0..40).map(|n| format!("group:z{n}:workstation")).collect();
        for expand in [&[][..], &expand] {
            let view = layout(&facts, &relations, &BTreeMap::new(), &BTreeMap::new(), expand);
            assert!(view.nodes.len() + view.edges.len() <= ELEMENTS_MAX, "{} + {}", view.nodes.len(), view.edges.len());
            assert_eq!(view.folded, !expand.is_empty());
            assert!(view.edges.iter().any(|e| e.forbidden));
        }
    }
}
