//! Requests joined with their answers: who did what to which node, with which outcome.

use super::certificate;
use super::identity;
use super::items::{Act, Item, List, is_itemised};
use super::points::{self, Point};
use super::schema::walk;
use super::services::{self, Service};
use super::structs::{REQUEST_HEADER, RESPONSE_HEADER};
use super::transport::policy_name;
use super::value::DataValue;
use super::wire::{self, NodeId, Object, Result, Text};
use super::{Flow, NAME, breach, names, status};
use crate::held::Waiting;
use std::borrow::Cow;
use std::fmt::Write;
use wf_model::Category;
use wf_wire::Reader;
use wf_wire::decode::{Context, Credential, Direction, Moment, Operation, Sink, Target};

/// A request that is told: when, by whom, which.
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    service: &'static Service,
    params: Reader<'a>,
}

/// What became of it.
#[derive(Clone, Copy)]
enum Answer<'a> {
    /// The service's result and the parameters of the answer.
    Said(u32, Reader<'a>),
    /// Nothing came, and why.
    Missing(&'static str),
}

impl Answer<'_> {
    fn outcome(&self) -> &'static str {
        match self {
            Self::Said(code, _) => status::outcome(*code),
            Self::Missing(outcome) => outcome,
        }
    }
}

/// The number of a message, the result where it is an answer, and the parameters behind its header.
pub fn open<'a>(body: &'a [u8], request: bool) -> Result<(u32, u32, Reader<'a>)> {
    let mut r = Reader::new(body);
    let number = NodeId::read(&mut r)?.standard().unwrap_or(0);
    if request {
        walk(REQUEST_HEADER, &mut r, None, 0)?;
        return Ok((number, 0, r));
    }
    let mut result = r;
    result.skip(8 + 4)?;
    let result = result.u32_le()?;
    walk(RESPONSE_HEADER, &mut r, None, 0)?;
    Ok((number, result, r))
}

impl Flow {
    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, id: u32, service: &'static Service, body: &[u8], out: &mut dyn Sink) {
        self.requests_seen = true;
        if service.request == services::CLOSE_SECURE_CHANNEL {
            // It is never answered (OPC 10000-6, 6.7.5).
            return plain(ctx, ctx.now, ctx.direction, service, Target::None, "unconfirmed", out);
        }
        // The walk over the message has complained of what cannot be read here.
        let _ = self.heard(ctx, service, body, out);
        let held = if service.request == services::PUBLISH { &mut self.publishing } else { &mut self.requests };
        if let Some(((actor, _), fallen)) = held.open((ctx.direction, id), ctx.now, body, out) {
            self.unanswered(ctx, actor, &fallen, fallen.missing(), out);
            self.requests.give_back(fallen);
        }
    }

    /// Takes a request that waits.
    pub fn close(&mut self, key: (Direction, u32)) -> Option<Waiting> {
        self.requests.close(&key).or_else(|| self.publishing.close(&key))
    }

    /// What a request says beside what it asks for.
    fn heard(&mut self, ctx: &Context<'_>, service: &'static Service, body: &[u8], out: &mut dyn Sink) -> Result<()> {
        match service.request {
            services::CREATE_SESSION => {
                let (_, _, mut r) = open(body, true)?;
                identity::client(ctx, &mut { r }, out)?;
                walk(service.asks.get(..5).unwrap_or_default(), &mut r, None, 0)?;
                self.channel.certificates.tell(ctx, wire::string(&mut r)?, out);
            }
            services::ACTIVATE_SESSION => {
                let (_, _, r) = open(body, true)?;
                let user = User::read(service, r)?;
                if let Some((scheme, secret)) = user.readable {
                    let name = if user.name.is_empty() { None } else { Some(user.name.as_ref()) };
                    out.credential(ctx, NAME, Credential { scheme, user: name, secret });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An answer: closes its request. `None` for the fault that any service may answer with.
    pub fn answer(&mut self, ctx: &Context<'_>, id: u32, service: Option<&'static Service>, body: &[u8], out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let waiting = self.close((actor, id));
        let Ok((_, result, params)) = open(body, false) else {
            if let Some(waiting) = waiting {
                self.unanswered(ctx, actor, &waiting, "unconfirmed", out);
                self.requests.give_back(waiting);
            }
            return;
        };
        let Some(waiting) = waiting else {
            // Requests to publish may wait from long before the capture or a hole in it.
            let publishes = service.is_some_and(|service| service.request == services::PUBLISH);
            let due = (self.in_step && !publishes) || (self.requests_seen && ctx.from_start && !self.gapped);
            if due && !self.requests.was_given_up(&(actor, id)) && !self.publishing.was_given_up(&(actor, id)) {
                breach(ctx, "response_without_request", &format!("request {id}"), out);
            }
            if let Some(service) = service {
                // Notifications and descriptions say enough without their request.
                let _ = self.learn(ctx, service, None, result, params, out);
            }
            return;
        };
        self.in_step |= !waiting.lost;
        let asked = asked_service(&waiting.bytes);
        if let (Some(asked), Some(service)) = (asked, service)
            && asked.request != service.request
        {
            breach(ctx, "service_mismatch", &format!("{} asked, {} answered", asked.name, service.name), out);
        } else if let Some(asked) = asked {
            let request = open(&waiting.bytes, true).map(|(_, _, params)| params).unwrap_or(Reader::new(&[]));
            let told = Asked { at: waiting.at, actor, service: asked, params: request };
            self.tell(ctx, &told, Answer::Said(result, params), out);
            if service.is_some() {
                let _ = self.learn(ctx, asked, Some(request), result, params, out);
            }
        }
        self.requests.give_back(waiting);
    }

    /// A request to which nothing came.
    pub fn unanswered(
        &mut self,
        ctx: &Context<'_>,
        actor: Direction,
        waiting: &Waiting,
        outcome: &'static str,
        out: &mut dyn Sink,
    ) {
        let Some(service) = asked_service(&waiting.bytes) else { return };
        // That some wait for a change that does not come is their purpose.
        if service.request != services::PUBLISH {
            let params = open(&waiting.bytes, true).map(|(_, _, params)| params).unwrap_or(Reader::new(&[]));
            let asked = Asked { at: waiting.at, actor, service, params };
            self.tell(ctx, &asked, Answer::Missing(outcome), out);
        }
    }

    /// What an answer says of devices and of values that nobody asked for by name.
    fn learn(
        &mut self,
        ctx: &Context<'_>,
        service: &'static Service,
        request: Option<Reader<'_>>,
        result: u32,
        mut r: Reader<'_>,
        out: &mut dyn Sink,
    ) -> Result<()> {
        if status::is_bad(result) {
            return Ok(());
        }
        match service.request {
            services::FIND_SERVERS => identity::servers(ctx, &mut r, out)?,
            services::GET_ENDPOINTS => identity::endpoints(ctx, &mut r, &mut self.channel.certificates, out)?,
            services::CREATE_SESSION => {
                walk(service.answers.get(..4).unwrap_or_default(), &mut r, None, 0)?;
                self.channel.certificates.tell(ctx, wire::string(&mut r)?, out);
                identity::endpoints(ctx, &mut r, &mut self.channel.certificates, out)?;
            }
            services::CREATE_MONITORED_ITEMS => {
                if let Some(request) = request {
                    self.subscriptions.made(service, request, r, out);
                }
            }
            services::DELETE_MONITORED_ITEMS => {
                if let Some(request) = request {
                    self.subscriptions.deleted(service, request, r)?;
                }
            }
            services::DELETE_SUBSCRIPTIONS => {
                if let Some(request) = request {
                    self.subscriptions.ended(service, request, r)?;
                }
            }
            services::MODIFY_MONITORED_ITEMS => {
                if let Some(request) = request {
                    self.subscriptions.modified(service, request)?;
                }
            }
            services::PUBLISH => {
                let subscription = r.u32_le()?;
                let numbers = wire::count(&mut r)?;
                r.skip(numbers.saturating_mul(4).saturating_add(1))?;
                self.subscriptions.notified(ctx, subscription, &mut r, &mut self.scratch, out)?;
            }
            services::REPUBLISH => {
                if let Some(mut request) = request {
                    let subscription = request.u32_le()?;
                    self.subscriptions.notified(ctx, subscription, &mut r, &mut self.scratch, out)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tell(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, answer: Answer<'_>, out: &mut dyn Sink) {
        if is_itemised(asked.service.request) {
            self.tell_items(ctx, asked, answer, out);
        } else {
            self.tell_whole(ctx, asked, answer, out);
        }
    }

    /// A request that is one act.
    fn tell_whole(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, answer: Answer<'_>, out: &mut dyn Sink) {
        let said = match answer {
            Answer::Said(code, params) if !status::is_bad(code) => Some(params),
            _ => None,
        };
        let text = |text: Result<&[u8]>| crate::hints::clean(text.unwrap_or_default()).into_owned();
        let mut r = asked.params;
        let target = match asked.service.request {
            services::FIND_SERVERS | services::GET_ENDPOINTS => text(wire::string(&mut r)),
            services::REGISTER_SERVER | services::REGISTER_SERVER_2 => text(wire::string(&mut r)),
            services::CREATE_SESSION => {
                let before = walk(asked.service.asks.get(..3).unwrap_or_default(), &mut r, None, 0);
                text(before.and_then(|()| wire::string(&mut r)))
            }
            services::ACTIVATE_SESSION => User::read(asked.service, r).map(|user| user.words()).unwrap_or_default(),
            services::OPEN_SECURE_CHANNEL => {
                let mode = r.skip(8).and_then(|()| r.u32_le()).unwrap_or(0);
                format!("{} {}", self.channel.policy_name, names::security_mode(mode))
            }
            _ => {
                let number = subscription(asked, said);
                let target = number.map_or(Target::None, points::subscription);
                return plain(ctx, asked.at, asked.actor, asked.service, target, answer.outcome(), out);
            }
        };
        let target = if target.is_empty() { Target::None } else { Target::Text(&target) };
        plain(ctx, asked.at, asked.actor, asked.service, target, answer.outcome(), out);
    }

    /// A request that is told item by item.
    fn tell_items(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, answer: Answer<'_>, out: &mut dyn Sink) {
        let Some(mut items) = List::asked(asked.service, asked.params) else {
            return plain(ctx, asked.at, asked.actor, asked.service, Target::None, answer.outcome(), out);
        };
        let mut results = match answer {
            Answer::Said(code, params) if !status::is_bad(code) => List::answered(asked.service, params),
            _ => None,
        };
        if let Some(results) = &results
            && results.count != items.count
        {
            let detail = format!("{}: {} asked, {} answered", asked.service.name, items.count, results.count);
            breach(ctx, "result_count", &detail, out);
        }
        for _ in 0..items.count {
            let Ok(mut item) = items.item(asked.service) else { return };
            let result = results.as_mut().map(|results| results.result(asked.service));
            let (outcome, data) = match result {
                Some(Ok(result)) => {
                    item.node = result.made.unwrap_or(item.node);
                    (status::outcome(result.code), result.data)
                }
                Some(Err(_)) => ("unconfirmed", None),
                None => (answer.outcome(), None),
            };
            self.tell_item(ctx, asked, &item, (outcome, data), out);
        }
    }

    fn tell_item(
        &mut self,
        ctx: &Context<'_>,
        asked: &Asked<'_>,
        item: &Item<'_>,
        (outcome, data): (&'static str, Option<DataValue<'_>>),
        out: &mut dyn Sink,
    ) {
        let category = item.category(asked.service);
        let value = if category.is_act() { item.value().map(Cow::Owned) } else { None };
        let words = item.words();
        // What has to be put into words is, once, for the operation and for its values.
        let mut named = std::mem::take(&mut self.named);
        let node = Point::Node { node: item.node, attribute: item.attribute, range: item.range };
        let (point, node) = match &words {
            Some(words) => (Point::Named(words), node),
            None => {
                let node = node.in_words(&mut named);
                (node, node)
            }
        };
        let target = point.target(None, &mut self.scratch);
        let (at, actor, function) = (asked.at, asked.actor, asked.service.name);
        let told = Operation { at, actor, function, category, target, value, outcome: Cow::Borrowed(outcome) };
        out.operation(ctx, NAME, told);
        self.values(ctx, asked, item, (node, outcome, data), out);
        self.named = named;
    }

    /// Values that were read, or written with success; and what they say of the device.
    fn values(
        &mut self,
        ctx: &Context<'_>,
        asked: &Asked<'_>,
        item: &Item<'_>,
        (point, outcome, data): (Point<'_>, &'static str, Option<DataValue<'_>>),
        out: &mut dyn Sink,
    ) {
        let data = match (item.act, data) {
            (Act::Write(data), _) if outcome == "ok" => data,
            (Act::Ask, Some(data)) => data,
            _ => return,
        };
        if item.attribute != names::VALUE {
            return;
        }
        if let Some(number) = point.standard().filter(|_| item.range.is_empty()) {
            identity::node(ctx, number, &data, out);
        }
        points::measure(ctx, asked.actor.reverse(), point, &data, &mut self.scratch, out);
    }
}

/// The subscription that a request is about, or that its answer names.
fn subscription(asked: &Asked<'_>, said: Option<Reader<'_>>) -> Option<u32> {
    let mut r = asked.params;
    let first = |r: &mut Reader<'_>| if wire::count(r).ok()? == 0 { None } else { r.u32_le().ok() };
    match asked.service.request {
        services::PUBLISH | services::CREATE_SUBSCRIPTION => said?.u32_le().ok(),
        services::SET_PUBLISHING_MODE => r.skip(1).ok().and_then(|()| first(&mut r)),
        services::DELETE_SUBSCRIPTIONS | services::TRANSFER_SUBSCRIPTIONS => first(&mut r),
        services::MODIFY_MONITORED_ITEMS
        | services::SET_MONITORING_MODE
        | services::SET_TRIGGERING
        | services::DELETE_MONITORED_ITEMS
        | services::MODIFY_SUBSCRIPTION
        | services::REPUBLISH => r.u32_le().ok(),
        _ => None,
    }
}

fn asked_service(body: &[u8]) -> Option<&'static Service> {
    let number = NodeId::read(&mut Reader::new(body)).ok()?.standard()?;
    services::find(number).map(|(service, _)| service)
}

/// One act on one target.
fn plain(
    ctx: &Context<'_>,
    at: Moment,
    actor: Direction,
    service: &Service,
    target: Target<'_>,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (function, category, outcome) = (service.name, service.category, Cow::Borrowed(outcome));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value: None, outcome });
}

/// Acts of the connection itself: opening it, opening a channel of which the body is encrypted.
pub fn connection(
    ctx: &Context<'_>,
    at: Moment,
    actor: Direction,
    function: &'static str,
    target: &str,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (category, value, outcome) = (Category::Diagnostic, None, Cow::Borrowed(outcome));
    let target = if target.is_empty() { Target::None } else { Target::Text(target) };
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// The policy of a channel in words, bounded.
pub fn policy_words(uri: &[u8]) -> String {
    let mut text = String::new();
    let _ = write!(text, "{}", Text(policy_name(uri)));
    crate::hints::bounded(&text, 64).to_owned()
}

/// Who activates a session (OPC 10000-4, 7.41).
struct User<'a> {
    kind: &'static str,
    name: Cow<'a, str>,
    /// A secret that can be read from the message, behind its scheme.
    readable: Option<(&'static str, &'a [u8])>,
}

impl<'a> User<'a> {
    fn read(service: &Service, mut r: Reader<'a>) -> Result<Self> {
        walk(service.asks.get(..3).unwrap_or_default(), &mut r, None, 0)?;
        let token = Object::read(&mut r)?;
        let anonymous = Self { kind: "anonymous", name: Cow::Borrowed(""), readable: None };
        let Some((kind, mut r)) = token.binary() else { return Ok(anonymous) };
        wire::string(&mut r)?;
        Ok(match kind {
            324 => {
                let (name, password, algorithm) = (wire::string(&mut r)?, wire::string(&mut r)?, wire::string(&mut r)?);
                let clear = algorithm.is_empty() && !password.is_empty();
                Self { kind: "user name", name: crate::hints::clean(name), readable: clear.then_some(("password", password)) }
            }
            327 => {
                let name = Cow::Owned(certificate::subject(wire::string(&mut r)?));
                Self { kind: "certificate", name, readable: None }
            }
            940 => {
                let (secret, algorithm) = (wire::string(&mut r)?, wire::string(&mut r)?);
                let clear = algorithm.is_empty() && !secret.is_empty();
                Self { kind: "issued token", name: Cow::Borrowed(""), readable: clear.then_some(("token", secret)) }
            }
            _ => anonymous,
        })
    }

    /// `anonymous`, `user name operator`.
    fn words(&self) -> String {
        format!("{} {}", self.kind, self.name).trim_end().to_owned()
    }
}
