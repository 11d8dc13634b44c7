use super::*;
use crate::testing::hex;
use proptest::prelude::*;

/// Tags and contents of the elements; `!` at the end where the reading broke.
fn check(bytes: &str, expected: &str) {
    let bytes = hex(bytes);
    let mut elements = Elements::new(&bytes);
    let mut text = String::new();
    for e in elements.by_ref() {
        let contents: String = e.bytes.iter().map(|b| format!("{b:02x}")).collect();
        text += &format!("{}.{}={contents} ", e.tag.class, e.tag.number);
    }
    let end = if elements.is_broken() { "!" } else { "" };
    assert_eq!(text.trim_end().to_owned() + end, expected, "{bytes:02x?}");
}

#[test]
fn elements_of_x690() {
    check("0101ff 020105", "0.1=ff 0.2=05"); // 8.2.2, 8.3
    check("3080 1603534d49 0000 0500", "0.16=1603534d49 0.5="); // 8.1.3.6, with 8.14's example of contents
    check("a080 3080 0500 0000 0000 81017f", "2.0=308005000000 2.1=7f");
    check("5f8748 02 4f4f", "1.968=4f4f"); // 8.1.2.4: a number of more than one octet
    check("8101", "!"); // a primitive element that is cut is dropped
    check("a104 8101", "2.1=8101!"); // a constructed one is handed over
    check("a080 0500", "2.0=0500!"); // no end mark
    check("0480 00", "!"); // indefinite length of a primitive element
    check("02ff", "!");
    check("3082", "!");
}

#[test]
fn what_is_open_at_the_end_is_closed() {
    let check = |bytes: &str, expected: &str| assert_eq!(closed(&hex(bytes)), hex(expected), "{bytes}");
    check("0101ff 3003 020105", "0101ff 3003 020105");
    check("3009 020105 0405 6162", "3084 0000000b 020105 0484 00000002 6162");
    check("3009 020105 0482", "3084 00000003 020105"); // its length is not all there
    check("bf874809 0101ff", "bf8748 84 00000003 0101ff");
    check("0409", "0484 00000000");
    let deep = closed(&[0x30, 0x7f].repeat(40));
    assert_eq!(Elements::new(&deep).next().map(|e| e.cut), Some(false));
}

#[test]
fn primitive_values() {
    let number = |text: &str| integer(&hex(text));
    assert_eq!([number("80"), number("0080"), number("ff7f"), number("")], [Some(-128), Some(128), Some(-129), None]);
    assert_eq!(unsigned(&hex("00ffffffff")), Some(0xffff_ffff));
    assert_eq!(unsigned(&hex("ffffffff")), Some(0xffff_ffff), "leading zero left out");
    assert_eq!(unsigned(&[9; 9]), None);
    let bits = hex("040a3b5f291cd0"); // 8.6.4.2
    let bits = Bits::read(&bits).unwrap();
    assert_eq!((bits.len(), bits.number(8), bits.bit(43), bits.bit(44)), (44, 0x0a, true, false));
    assert_eq!(Bits::read(&[8, 1]), None);
    assert_eq!(Oid(&hex("883703")).to_string(), "2.999.3"); // 8.19.5
    assert_eq!(Oid(&hex("28ca220203")).to_string(), "1.0.9506.2.3");
}

#[test]
fn plain_elements() {
    let read = |text: &str| plain(&mut Reader::new(&hex(text))).map(|(id, e)| (id, e.bytes.to_vec(), e.cut));
    assert_eq!(read("020105"), Ok((2, vec![5], false)));
    assert_eq!(read("040205"), Ok((4, vec![5], true)), "cut, and a primitive one is handed over");
    assert_eq!(read("30820001ff"), Ok((0x30, vec![0xff], false)));
    assert_eq!([read("3080 0000"), read("1f0500"), read("0480")], [(); 3].map(|()| Err(Fault::Form)));
    assert_eq!([read("02"), read("308200")], [(); 2].map(|()| Err(Fault::Short)));
    let bytes = hex("020105");
    let mut r = Reader::new(&bytes);
    assert_eq!((expect(&mut r, 4).map(|_| ()), r.position()), (Err(Fault::Form), 0));
    assert!(expect(&mut r, 2).is_ok_and(|e| e.bytes == [5]) && r.is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut elements = Elements::new(&bytes);
        let mut seen = 0;
        for e in elements.by_ref() {
            seen += e.bytes.len();
            let _ = plain(&mut Reader::new(e.bytes));
            let _ = (integer(e.bytes), unsigned(e.bytes), Bits::read(e.bytes).map(|b| b.to_string()), Oid(e.bytes).to_string());
        }
        prop_assert!(seen <= bytes.len());
    }
}
