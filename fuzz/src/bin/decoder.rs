//! One decoder, named by `WF_DECODER`, under any bytes: see `wf_protocols::attack`.
#![no_main]

use std::sync::LazyLock;
use wf_wire::decode::ProtocolInfo;

static DECODER: LazyLock<&'static ProtocolInfo> = LazyLock::new(|| {
    let name = std::env::var("WF_DECODER").unwrap_or_default();
    wf_protocols::by_name(&name).unwrap_or_else(|| panic!("WF_DECODER: there is no decoder {name:?}"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wf_protocols::attack::play(&DECODER, bytes));
