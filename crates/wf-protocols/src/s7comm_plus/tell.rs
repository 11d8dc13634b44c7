//! What requests and answers come to: operations, values, modes.

use super::address::{self, Item};
use super::names::{self, attribute, function};
use super::object::{Part, Parts};
use super::pdu::{self, Explore, Multi, Notification, Numbered, Pdu, Refused};
use super::value::{Bad, Element, POINTS_MAX, Value};
use super::{Flow, NAME};
use smallvec::SmallVec;
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::Reader;
use wf_wire::decode::{Coded, Context, Credential, Direction, File, Measurement, Moment, Operation, Sink, Target};

/// Variables of one message that are told.
const ITEMS_MAX: usize = 512;
/// Addresses of one subscription that are remembered.
const REFERENCES_MAX: usize = 256;

/// A request with when and by whom it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: Direction,
    /// What.
    pub pdu: Pdu<'a>,
}

type Items = SmallVec<[Item; 8]>;

/// Whether a request of a well-known form ends before it should.
pub fn is_truncated(pdu: &Pdu<'_>) -> bool {
    let short = |found: Result<Option<Bad>, Bad>| matches!(found, Err(Bad::Short) | Ok(Some(Bad::Short)));
    let drained = |mut values: Numbered<'_>| {
        values.by_ref().for_each(drop);
        values.failed
    };
    match pdu.function {
        function::GET_MULTI_VARIABLES => short(Multi::read(pdu.body).map(|_| None)),
        function::SET_MULTI_VARIABLES => short(Multi::read(pdu.body).map(|multi| drained(multi.values))),
        function::SET_VARIABLE => short(pdu::set_variable(pdu.body).map(|(_, values)| drained(values))),
        function::CREATE_OBJECT => short(pdu::create(pdu.body).map(|(_, mut parts)| {
            parts.by_ref().for_each(drop);
            parts.failed
        })),
        function::DELETE_OBJECT => pdu.body.len() < 4,
        _ => false,
    }
}

/// A password that can be read crosses the wire when an early session begins.
pub fn secrets(ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    if pdu.function != function::CREATE_OBJECT {
        return;
    }
    let Ok((_, parts)) = pdu::create(pdu.body) else { return };
    for part in parts {
        if let Part::Attribute(attribute::PASSWORD, value) = part
            && let Some(secret) = value.characters().filter(|text| !text.is_empty())
        {
            out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
        }
    }
}

/// Tells what a request came to: `answer` is `None` when none can come any more.
pub fn answered(flow: &mut Flow, ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, out: &mut dyn Sink) {
    let outcome = match answer {
        Some(answer) => answer.result().map_or(Cow::Borrowed("unconfirmed"), names::outcome),
        None => Cow::Borrowed("unanswered"),
    };
    let (name, category) = names::named(asked.pdu.function);
    match asked.pdu.function {
        function::GET_MULTI_VARIABLES => read(ctx, asked, answer, outcome, out),
        function::SET_MULTI_VARIABLES | function::SET_VARIABLE => written(flow, ctx, asked, answer, outcome, out),
        function::GET_VAR_SUB_STREAMED | function::SET_VAR_SUB_STREAMED => streamed(flow, ctx, asked, answer, outcome, out),
        function::CREATE_OBJECT => created(flow, ctx, asked, answer, outcome, out),
        function::DELETE_OBJECT | function::EXPLORE => of_object(flow, ctx, asked, answer, outcome, out),
        function::INVOKE => {
            let mut r = Reader::new(asked.pdu.body);
            let (object, method) = (r.u32().unwrap_or(0), r.u32().ok());
            let value = method.map(|method| Cow::Owned(format!("method {method}")));
            one(ctx, asked, (name, category), Target::Coded(address::object(object)), value, outcome, out);
        }
        _ => one(ctx, asked, (name, category), Target::None, None, outcome, out),
    }
}

fn one(
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    (function, category): (&'static str, Category),
    target: Target<'_>,
    value: Option<Cow<'_, str>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    out.operation(ctx, NAME, Operation { at: asked.at, actor: asked.actor, function, category, target, value, outcome });
}

/// What reading this is.
fn reading(item: &Item) -> Category {
    if item.is_value() { Category::Read } else { Category::Diagnostic }
}

/// Whether an object is the client's own: its session, a subscription. No claim of a client makes a block or an object of
/// the controller its own.
fn is_own(flow: &Flow, asked: &Asked<'_>, object: u32) -> bool {
    let named = names::block(object).is_some() || names::object(object).is_some();
    !named && (asked.pdu.session == Some(object) || flow.own.contains(&object))
}

/// The address with what is the client's own named as such.
fn owned(flow: &Flow, asked: &Asked<'_>, item: Item) -> Item {
    if is_own(flow, asked, item.area) { Item { area: names::OWN, ..item } } else { item }
}

/// What writing this is, and under which name where it has one of its own.
fn writing(asked: &Asked<'_>, item: &Item, value: Option<&Value<'_>>) -> (&'static str, Category) {
    let name = names::named(asked.pdu.function).0;
    match item.attribute {
        _ if item.is_value() => (name, Category::Write),
        attribute::OPERATING_STATE_REQUEST => match value.and_then(Value::whole) {
            Some(1) => ("plc_stop", Category::Control),
            Some(2) => ("memory_reset", Category::Control),
            Some(3 | 4) => ("plc_start", Category::Control),
            _ => ("operating_state_request", Category::Control),
        },
        attribute::CLOCK => ("set_clock", Category::Configuration),
        attribute::LEGITIMATE => ("legitimate", Category::Configuration),
        1001..=1082 => (name, Category::Diagnostic),
        _ if item.area == names::OWN => (name, Category::Diagnostic),
        code if names::block(item.area).is_some() || names::is_code(code) => (name, Category::Program),
        _ => (name, Category::Configuration),
    }
}

fn read(ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let name = names::named(asked.pdu.function).0;
    let items: Items =
        Multi::read(asked.pdu.body).map(|multi| multi.items.map_while(Result::ok).take(ITEMS_MAX).collect()).unwrap_or_default();
    let mut values = Numbered::new(answer.map_or(&[], |a| a.answered().rest()), None);
    let mut found: SmallVec<[(u32, Value<'_>); 8]> = values.by_ref().take(ITEMS_MAX).collect();
    let refused: SmallVec<[(u32, u64); 4]> = Refused::new(values.rest()).take(ITEMS_MAX).collect();
    found.sort_by_key(|(number, _)| *number);
    for (number, item) in (1u32..).zip(&items) {
        let outcome = match refused.iter().find(|(at, _)| *at == number) {
            Some((_, result)) => names::outcome(*result),
            None => outcome.clone(),
        };
        one(ctx, asked, (name, reading(item)), Target::Coded(item.coded()), None, outcome, out);
        let value = found.binary_search_by_key(&number, |(at, _)| *at).ok().and_then(|at| found.get(at));
        if let Some((_, value)) = value {
            values_of(ctx, asked.actor.reverse(), item, value, out);
        }
    }
    if items.is_empty() {
        one(ctx, asked, (name, Category::Diagnostic), Target::None, None, outcome.clone(), out);
    }
}

fn written(
    flow: &Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let pairs: SmallVec<[(u32, Item, Value<'_>); 4]> = match asked.pdu.function {
        function::SET_VARIABLE => pdu::set_variable(asked.pdu.body)
            .map(|(object, values)| {
                let values = values.zip(1u32..).take(ITEMS_MAX);
                values.map(|((id, value), number)| (number, Item::attribute(object, id), value)).collect()
            })
            .unwrap_or_default(),
        _ => Multi::read(asked.pdu.body)
            .map(|multi| {
                let items: Items = multi.items.map_while(Result::ok).take(ITEMS_MAX).collect();
                let item = |number: u32| items.get(usize::try_from(number).ok()?.checked_sub(1)?).copied();
                multi.values.take(ITEMS_MAX).filter_map(|(number, value)| Some((number, item(number)?, value))).collect()
            })
            .unwrap_or_default(),
    };
    let refused: SmallVec<[(u32, u64); 4]> =
        answer.map(|a| Refused::new(a.answered().rest()).take(ITEMS_MAX).collect()).unwrap_or_default();
    for (number, item, value) in &pairs {
        let item = owned(flow, asked, *item);
        let outcome = match refused.iter().find(|(at, _)| at == number) {
            Some((_, result)) if asked.pdu.function == function::SET_MULTI_VARIABLES => names::outcome(*result),
            _ => outcome.clone(),
        };
        let text = (!names::is_secret(item.attribute)).then(|| Cow::Owned(value.text()));
        let good = outcome == "ok" && item.is_value();
        one(ctx, asked, writing(asked, &item, Some(value)), Target::Coded(item.coded()), text, outcome, out);
        if good {
            values_of(ctx, asked.actor.reverse(), &item, value, out);
        }
    }
    if pairs.is_empty() {
        one(ctx, asked, names::named(asked.pdu.function), Target::None, None, outcome.clone(), out);
    }
}

fn streamed(
    flow: &Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let Ok((item, value)) = pdu::sub_streamed(asked.pdu.body) else {
        return one(ctx, asked, names::named(asked.pdu.function), Target::None, None, outcome, out);
    };
    let item = owned(flow, asked, item);
    let target = Target::Coded(item.coded());
    let good = outcome == "ok" && item.is_value();
    if asked.pdu.function == function::SET_VAR_SUB_STREAMED {
        let text = value.filter(|_| !names::is_secret(item.attribute)).map(|v| Cow::Owned(v.text()));
        return one(ctx, asked, writing(asked, &item, value.as_ref()), target, text, outcome, out);
    }
    one(ctx, asked, (names::named(asked.pdu.function).0, reading(&item)), target, None, outcome, out);
    let mut r = answer.map_or(Reader::new(&[]), Pdu::answered);
    if good
        && r.skip(1).is_ok()
        && let Ok(value) = Value::read(&mut r)
    {
        values_of(ctx, asked.actor.reverse(), &item, &value, out);
    }
}

fn created(
    flow: &mut Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let mut class = 0;
    let mut object = 0;
    let mut name: Option<&[u8]> = None;
    let mut references = Vec::new();
    if let Ok((_, parts)) = pdu::create(asked.pdu.body) {
        for part in parts {
            match part {
                Part::Begin(begun) if class == 0 => (class, object) = (begun.class, begun.id),
                Part::Attribute(attribute::NAME, value) if name.is_none() => name = value.characters(),
                Part::Attribute(attribute::REFERENCES, value) => address::references(value.numbers(), |number, item| {
                    if references.len() < REFERENCES_MAX {
                        references.push((number, item));
                    }
                }),
                _ => {}
            }
        }
    }
    let category = match class {
        names::CLASS_SESSION => Category::Diagnostic,
        names::CLASS_SUBSCRIPTION | names::CLASS_ALARM_SUBSCRIPTION => Category::Read,
        _ if names::is_program(class) || names::block(object).is_some() => Category::Program,
        _ => Category::Configuration,
    };
    let mut target = String::new();
    if let Some((kind, number)) = names::block(object) {
        target = format!("{kind}{number}");
    } else if let Some(class) = names::class(class) {
        class.clone_into(&mut target);
    } else if class != 0 {
        target = format!("class {class}");
    }
    if category == Category::Program && outcome == "ok" {
        out.file(ctx, NAME, File { name: &target, size: None, direction: asked.actor });
    }
    let made = answer.filter(|_| outcome == "ok").and_then(|a| pdu::created(a.answered()).ok());
    if let (Some((ids, _)), Category::Diagnostic | Category::Read) = (made, category) {
        flow.made(&ids, references, out);
    }
    let value = name.filter(|_| category.is_act()).map(|text| Cow::Owned(crate::hints::clean(text).into_owned()));
    let target = if target.is_empty() { Target::None } else { Target::Text(&target) };
    one(ctx, asked, ("create_object", category), target, value, outcome, out);
}

/// Requests that name an object alone: its end, and browsing from it on.
fn of_object(
    flow: &mut Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let object = Reader::new(asked.pdu.body).u32().unwrap_or(0);
    let name = names::named(asked.pdu.function).0;
    let block = names::block(object).is_some();
    let own = is_own(flow, asked, object);
    let category = if asked.pdu.function == function::EXPLORE {
        let code = |explore: Explore<'_>| explore.attributes.map_while(Result::ok).any(|item| names::is_code(item.attribute));
        let reads_code = Explore::read(asked.pdu.body).is_ok_and(code);
        if reads_code { Category::Program } else { Category::Diagnostic }
    } else if own {
        flow.own.retain(|own| *own != object);
        flow.subscriptions.retain(|(id, _)| *id != object);
        Category::Diagnostic
    } else if block {
        Category::Program
    } else {
        Category::Configuration
    };
    if asked.pdu.function == function::EXPLORE && outcome == "ok" {
        if category == Category::Program {
            let name = address::object(object).to_string();
            out.file(ctx, NAME, File { name: &name, size: None, direction: asked.actor.reverse() });
        }
        if let Some((_, parts)) = answer.and_then(|a| pdu::explored(a.answered()).ok()) {
            state_among(ctx, parts, out);
        }
    }
    let object = if own { names::OWN } else { object };
    one(ctx, asked, (name, category), Target::Coded(address::object(object)), None, outcome, out);
}

/// The operating state among objects.
fn state_among(ctx: &Context<'_>, parts: Parts<'_>, out: &mut dyn Sink) {
    for part in parts {
        if let Part::Attribute(attribute::OPERATING_STATE, value) = part
            && let Some(state) = value.member(attribute::STATE).and_then(|state| state.whole()).and_then(names::state)
        {
            let device = ctx.direction;
            let block = Coded { numbers: [u64::MAX, 0, 0, 0], show: |_, f| f.write_str("operating_mode") };
            if !out.unchanged(ctx, device, block, state.as_bytes()) {
                let (point, value) = (Target::Text("operating_mode"), wf_wire::decode::Value::Text(state));
                out.measurement(ctx, NAME, Measurement { device, point, value, quality: "good" });
            }
        }
    }
}

/// Values that a subscription asked for.
pub fn notified(flow: &Flow, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    let Ok(notification) = Notification::read(pdu.body) else { return };
    let Some((_, references)) = flow.subscriptions.iter().find(|(id, _)| *id == notification.subscription) else { return };
    for (reference, value) in notification.values().take(ITEMS_MAX) {
        let item = references.iter().find(|(number, _)| *number == reference);
        if let (Some((_, item)), Some(value)) = (item, value) {
            values_of(ctx, ctx.direction, item, &value, out);
        }
    }
}

/// Tells the values of a variable, unless they are what they were.
fn values_of(ctx: &Context<'_>, device: Direction, item: &Item, value: &Value<'_>, out: &mut dyn Sink) {
    use wf_wire::decode::Value as Told;
    if !item.is_value() || out.unchanged(ctx, device, item.coded(), value.bytes) {
        return;
    }
    let single = !value.is_array();
    for (at, element) in (0..POINTS_MAX).zip(value.elements()) {
        let text;
        let told = match element {
            Element::Flag(flag) => Told::Flag(flag),
            Element::Whole(number) => Told::Number(number as f64),
            Element::Real(number) => Told::Number(number),
            Element::Text(bytes) => {
                text = crate::hints::clean(bytes);
                Told::Text(&text)
            }
            Element::Bytes(_) | Element::Struct(..) => {
                text = Cow::Owned(value.text());
                Told::Text(&text)
            }
            Element::Null => continue,
        };
        let point = Target::Coded(item.element((!single).then_some(at)));
        out.measurement(ctx, NAME, Measurement { device, point, value: told, quality: "good" });
    }
}
