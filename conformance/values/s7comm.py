"""S7comm: items (area, block, address, type, count), their bytes and return codes, system status lists."""

from common import of
from tshark import first, number

PROTOCOLS = {"s7comm": {"filter": "s7comm", "layers": ["s7comm"], "messages": ["s7comm"]}}
ITEM = ("area", "db", "address", "transp_size", "length")
ANY = 0x10
READ, WRITE = 4, 5


def theirs(layers):
    for layer in layers:
        function = number(first(layer, "s7comm.param.func"))
        answer = number(first(layer, "s7comm.header.rosctr")) != 1
        for item in layer.iter("field"):
            if item.get("name") == "s7comm.param.item" and number(of(item, "s7comm.param.item.syntaxid")) == ANY and function in (READ, WRITE):
                yield "item", *(number(of(item, f"s7comm.param.item.{name}")) for name in ITEM)
            elif item.get("name") == "s7comm.data.item" and function in (READ, WRITE):
                if answer:
                    yield "code", number(of(item, "s7comm.data.returncode"))
                data = next((field.get("value") for field in item if field.get("name") == "s7comm.resp.data"), None)
                if data:
                    yield "data", data
            elif item.get("name") == "s7comm.data.userdata.szl_id":
                yield "szl", number(item.get("show"))
            elif item.get("name") == "s7comm.data.userdata.szl_index":
                yield "szl index", number(item.get("show"))


def ours(message):
    function, answer = message.get("function"), message["rosctr"] != 1
    for item in message.get("items", []) if function in (READ, WRITE) else []:
        if "area" in item and not answer:
            yield "item", item["area"], item["db"], item["start_bit"], TYPES[item["type"]], item["count"]
        if "return_code" in item and answer:
            yield "code", item["return_code"]
        if item.get("data"):
            yield "data", item["data"]
    # The parts of a list but the last are shown as they come; tshark shows the list with its last part.
    if "szl_id" in message and message.get("last_data_unit", True):
        yield "szl", message["szl_id"]
        yield "szl index", message["szl_index"]


TYPES = {"BIT": 1, "BOOL": 1, "BYTE": 2, "CHAR": 3, "WORD": 4, "INT": 5, "DWORD": 6, "DINT": 7, "REAL": 8, "DATE": 9, "TOD": 10, "TIME_OF_DAY": 10,
         "TIME": 11, "S5TIME": 12, "DATE_AND_TIME": 15, "COUNTER": 28, "TIMER": 29}
