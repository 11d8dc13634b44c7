//! Tokens of GSS-API negotiation (RFC 4178): which mechanism, and what Kerberos shows of a logon (RFC 4120, RFC 4121).

use crate::ber::{Elements, Tag};
use crate::hints;
use crate::ntlmssp::Ntlm;

/// Kerberos 5 within a GSS-API token, followed by the token identifier of an AP-REQ (RFC 4121, 4.1).
const AP_REQUEST: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00];
/// Parts of a service's name.
const PARTS_MAX: usize = 4;

/// What a token carries.
pub(crate) enum Token<'a> {
    /// An NTLM message.
    Ntlm(Ntlm<'a>),
    /// A Kerberos ticket is presented; the client's own name in it is encrypted.
    Kerberos(Ticket),
    /// Something else, or nothing.
    Other,
}

/// What can be read of a ticket (RFC 4120, 5.3).
pub(crate) struct Ticket {
    /// `EXAMPLE.COM`.
    pub realm: String,
    /// `cifs/server.example.com`.
    pub service: String,
}

/// Looks into a token.
pub(crate) fn read(token: &[u8]) -> Token<'_> {
    if let Some(said) = Ntlm::find(token) {
        return Token::Ntlm(said);
    }
    let found = token.windows(AP_REQUEST.len()).position(|window| window == AP_REQUEST);
    match found.and_then(|at| token.get(at + AP_REQUEST.len()..)).and_then(ticket) {
        Some(ticket) => Token::Kerberos(ticket),
        None => Token::Other,
    }
}

/// The ticket of an AP-REQ: application 14, a sequence whose member 3 is the ticket, application 1.
fn ticket(request: &[u8]) -> Option<Ticket> {
    let request = Elements::new(request).next().filter(|e| e.tag == Tag::application(14))?;
    let ticket = request.elements().next()?.elements().find(|e| e.context() == Some(3))?;
    let ticket = ticket.elements().next().filter(|e| e.tag == Tag::application(1))?.elements().next()?;
    let member = |number| ticket.elements().find(move |e| e.context() == Some(number));
    let realm = member(1)?.elements().next()?;
    let name = member(2)?.elements().next()?.elements().find(|e| e.context() == Some(1))?;
    let parts: Vec<_> = name.elements().next()?.elements().take(PARTS_MAX).map(|part| hints::clean(part.bytes)).collect();
    Some(Ticket { realm: hints::clean(realm.bytes).into_owned(), service: parts.join("/") })
}

impl Ticket {
    /// The host that the service's name names: `server.example.com` of `cifs/server.example.com`.
    pub fn host(&self) -> Option<&str> {
        let host = self.service.split('/').nth(1)?;
        (!host.is_empty() && host.parse::<std::net::IpAddr>().is_err()).then_some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_names_realm_and_service() {
        let text = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
        let realm = text(0xa1, &text(0x1b, b"EXAMPLE.COM"));
        let parts = [text(0x1b, b"cifs"), text(0x1b, b"files.example.com")].concat();
        let name = text(0x30, &[text(0xa0, &[2, 1, 2]), text(0xa1, &text(0x30, &parts))].concat());
        let ticket = text(0x61, &text(0x30, &[text(0xa0, &[2, 1, 5]), realm, text(0xa2, &name)].concat()));
        let request = text(0x6e, &text(0x30, &[text(0xa0, &[2, 1, 5]), text(0xa3, &ticket)].concat()));
        let token = [AP_REQUEST, &request].concat();
        let Token::Kerberos(ticket) = read(&token) else { panic!("no ticket") };
        assert_eq!((ticket.realm.as_str(), ticket.service.as_str()), ("EXAMPLE.COM", "cifs/files.example.com"));
        assert_eq!(ticket.host(), Some("files.example.com"));
        assert!(matches!(read(&token[..20]), Token::Other));
    }
}
