//! The values that evidence gives for a device's attributes, and which of them is shown.

use crate::facts::Seen;
use std::borrow::Cow;
use wf_model::asset::AssetAttribute;
use wf_model::{Mac, Text};

/// Values shown per attribute of one device.
const SHOWN_MAX: usize = 64;

/// Why a value is given, put into words only where somebody reads them.
pub(crate) enum Reason<'a> {
    /// It was said, so it needs none.
    None,
    /// These words.
    Text(Text),
    /// The vendor that this MAC's prefix is assigned to.
    Prefix(Mac),
    /// A person said so.
    Person(&'a str),
}

impl Reason<'_> {
    fn words(self) -> Text {
        match self {
            Self::None => Text::Borrowed(""),
            Self::Text(text) => text,
            Self::Prefix(mac) => Text::Owned(format!("The first bytes of {mac} are assigned to it.")),
            Self::Person(by) => Text::Owned(format!("Said by {by}.")),
        }
    }
}

struct Value<'a> {
    name: Text,
    value: Cow<'a, str>,
    source: &'a Text,
    reason: Reason<'a>,
    confidence: u8,
    seen: Seen,
}

impl Value<'_> {
    /// What makes it the same value.
    fn identity(&self) -> (&str, &str, &str) {
        (&self.name, &self.value, self.source)
    }

    /// What makes it the one that is shown.
    fn weight(&self) -> impl Ord {
        (*self.source == "person", self.confidence, self.seen.last, self.seen.count)
    }
}

/// Values being gathered.
#[derive(Default)]
pub(crate) struct Values<'a>(Vec<Value<'a>>);

impl<'a> Values<'a> {
    pub fn add(
        &mut self,
        name: impl Into<Text>,
        value: Cow<'a, str>,
        source: &'a Text,
        reason: Reason<'a>,
        confidence: u8,
        seen: &Seen,
    ) {
        self.0.push(Value { name: name.into(), value, source, reason, confidence, seen: seen.clone() });
    }

    /// Equal values as one, ordered by name, the shown one first.
    fn ordered(self) -> Vec<Value<'a>> {
        let mut all = self.0;
        all.sort_by(|a, b| a.identity().cmp(&b.identity()));
        all.dedup_by(|later, first| {
            let same = later.identity() == first.identity();
            if same {
                first.seen.add(&later.seen);
                first.confidence = first.confidence.max(later.confidence);
            }
            same
        });
        all.sort_by(|a, b| {
            let shown = || b.weight().cmp(&a.weight());
            a.name.cmp(&b.name).then_with(shown).then_with(|| a.value.cmp(&b.value)).then_with(|| a.source.cmp(b.source))
        });
        all
    }

    /// Gives the shown value of an attribute, once.
    pub fn chosen(self) -> impl FnMut(&str) -> Option<String> {
        let mut all = self.ordered();
        all.dedup_by(|later, first| later.name == first.name);
        move |name| all.iter_mut().find(|v| v.name == name).map(|v| std::mem::take(&mut v.value).into_owned())
    }

    /// The attributes: the shown values first, then the others, each by name.
    pub fn finish(self) -> Vec<AssetAttribute> {
        let all = self.ordered();
        let mut attributes: Vec<AssetAttribute> = Vec::with_capacity(all.len());
        let mut n = 0;
        for v in all {
            n = if attributes.last().is_some_and(|before| before.name == v.name) { n + 1 } else { 0 };
            if n >= SHOWN_MAX {
                continue;
            }
            attributes.push(AssetAttribute {
                chosen: n == 0 || matches!(v.name.as_ref(), "mac" | "ip"),
                name: v.name,
                value: v.value.into_owned(),
                source: v.source.clone(),
                reason: v.reason.words(),
                confidence: v.confidence,
                first_seen: v.seen.first,
                last_seen: v.seen.last,
                count: v.seen.count,
                frame: v.seen.frame,
                packet: v.seen.packet,
            });
        }
        attributes.sort_by_key(|a| !a.chosen);
        attributes
    }
}
