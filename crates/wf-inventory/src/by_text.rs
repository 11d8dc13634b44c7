//! A map of many whose keys are stored as text.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;
use wf_model::stored::Many;

pub fn serialize<K: Display, V: Serialize, S: Serializer>(map: &Many<K, V>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(map.iter().map(|(key, value)| (key.to_string(), value)).collect::<BTreeMap<_, _>>())
}

pub fn deserialize<'de, K, V, D>(from: D) -> Result<Many<K, V>, D::Error>
where
    K: FromStr + Eq + Hash,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let parsed = |(key, value): (String, V)| match key.parse() {
        Ok(key) => Ok((key, value)),
        Err(_) => Err(D::Error::custom(format!("'{key}' does not parse"))),
    };
    BTreeMap::<String, V>::deserialize(from)?.into_iter().map(parsed).collect()
}
