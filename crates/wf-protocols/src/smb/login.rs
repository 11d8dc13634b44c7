//! Who logs on, by the tokens of a session's set-up.

use super::NAME;
use crate::spnego::{self, Token};
use wf_model::Attribute;
use wf_wire::decode::{About, Evidence};
use wf_wire::{Context, Sink};

/// What a token tells of the machines.
pub fn evidence(ctx: &Context<'_>, token: &[u8], out: &mut dyn Sink) {
    match spnego::read(token) {
        Token::Ntlm(said) => said.evidence(ctx, NAME, out),
        Token::Kerberos(ticket) => {
            if let Some(value) = ticket.host() {
                let (about, attribute) = (About::Receiver, Attribute::Name);
                out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "kerberos", confidence: 65 });
            }
        }
        Token::Other => {}
    }
}

/// The account in words: `DOMAIN\user`, what a ticket shows, `guest`, `anonymous`.
pub fn words(token: &[u8], guest: bool, null: bool) -> Option<String> {
    let account = match spnego::read(token) {
        Token::Ntlm(said) => said.account(),
        Token::Kerberos(ticket) => Some(format!("Kerberos {} of {}", ticket.service, ticket.realm)),
        Token::Other => None,
    };
    let kind = match (guest, null) {
        (true, _) => Some("guest"),
        (_, true) => Some("anonymous"),
        _ => None,
    };
    match (account, kind) {
        (Some(account), Some(kind)) if account != kind => Some(format!("{account} as {kind}")),
        (Some(account), _) => Some(account),
        (None, kind) => kind.map(str::to_owned),
    }
}
