"""The words by which a site names what the checklist is about, in several languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORDS: dict[str, str] = {
    "cart": "cart basket bag trolley warenkorb einkaufswagen panier carrito cesta carrello carrinho winkelwagen "
    "winkelmand varukorg kundvagn handlekurv indkobskurv ostoskori koszyk kosik sepet корзина кошик",
    "order": "order checkout booking reservation purchase bestellung buchung commande pedido compra reserva ordine "
    "prenotazione encomenda bestelling boeking beställning bestilling tilaus zamowienie rezerwacja objednavka siparis "
    "rezervasyon заказ замовлення",
    "payment": "payment pay razorpay stripe paypal braintree mollie adyen zahlung bezahlung paiement pago pagamento "
    "betaling platnosc odeme оплата",
    "campaign": "campaign promotion promo offer sale deal discount kampagne aktion angebot campagne offre solde "
    "campana oferta promocion promocao campagna offerta promozione aanbieding kampanj erbjudande kampanya "
    "promocja акция",
    "category": "category categorie kategorie categoria kategoria kategori категория",
    "product": "package product plan listing course produkt paket kurs anzeige produit forfait cours annonce producto "
    "paquete curso anuncio prodotto pacchetto corso annuncio produto pacote pakket cursus tuote urun товар",
    "item": "item catalog catalogue shop store merchandise",
    "checklist": "checklist prufliste",
    "upload": "upload resource document asset attachment file media photo picture avatar image anhang dokument "
    "fichier documento archivo allegato bijlage",
}
"""The words of each topic in the singular, without accents."""
SEARCHED: dict[str, str] = {
    "cart": "cart, basket, bag",
    "order": "order, checkout, booking, reservation",
    "payment": "payment, pay, and the names of payment services",
    "campaign": "campaign, promotion, offer, sale, category",
    "product": "package, product, plan, listing, item, course",
    "checklist": "checklist",
    "upload": "file fields, and upload, document, attachment",
}
"""What the evidence says about the words of a topic."""
PAYMENT_SERVICES = frozenset(
    {
        "razorpay",
        "stripe",
        "paypal",
        "braintree",
        "mollie",
        "adyen",
        "paystack",
        "iyzipay",
        "payu",
        "flutterwave",
    }
)
"""Names of payment services, and of their packages."""
SIGN_UP = frozenset({"signup", "register", "registration", "registrierung", "registro", "inscription"})
LOG_IN = frozenset({"login", "signin", "authenticate", "token", "jwt", "anmelden", "connexion"})
LOG_OUT = frozenset({"logout", "signout", "blacklist", "revoke", "abmelden", "deconnexion"})
QUANTITY = frozenset({"quantity", "qty", "count", "amount", "menge", "anzahl", "quantite", "cantidad", "quantita"})
ASSIGNMENT = frozenset({"assign", "assigned", "assignee", "handler", "staff", "agent", "responsible", "employee"})
_VERBS = (
    "list detail details all index view views viewset set api show get create new add edit update change delete remove "
    "history my mine apiview page place make submit confirm retrieve destroy success complete done thanks"
)
VERBS = frozenset(_VERBS.split())
"""Words after a noun in the name of a view or a path, which do not change what it is about."""
SORTING = frozenset({"sort", "display", "sorting", "move", "reorder"})
"""Words before `order` that make it the order of a list."""
ENDINGS = (("ies", "y"), ("ungen", "ung"), ("sses", "ss"), ("xes", "x"), ("s", ""), ("en", ""), ("e", ""))
"""Endings of plurals, and what stands there in the singular."""
_TOPICS = {word: topic for topic, words in WORDS.items() for word in words.split()}


@lru_cache(maxsize=4096)
def words_in(text: str) -> tuple[str, ...]:
    """The words of an identifier or a path, in small letters and without accents: `OrderItem` → `order`, `item`."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text[:400]) if not unicodedata.combining(each))
    plain = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", plain)
    plain = plain.lower().replace("sign_up", "signup").replace("sign-up", "signup").replace("log-out", "logout")
    plain = plain.replace("sign_in", "signin").replace("sign-in", "signin").replace("log_in", "login")
    plain = plain.replace("log-in", "login").replace("log_out", "logout").replace("check_list", "checklist")
    return tuple(re.findall(r"[^\W\d_]+", plain))


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """*word* without a plural's ending, if the rest is a word of a topic; else without an English plural's `s`."""
    if word in _TOPICS:
        return word
    for ending, instead in ENDINGS:
        if word.endswith(ending) and (stem := word.removesuffix(ending) + instead) in _TOPICS:
            return stem
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def topic_of(text: str) -> str:
    """The topic of an identifier by its last noun, and by `cart` and `order` before it; empty for none."""
    nouns = [singular(word) for word in words_in(text)]
    while len(nouns) > 1 and nouns[-1] in VERBS:
        nouns.pop()
    if not nouns:
        return ""
    topics = [_TOPICS.get(noun, "") for noun in nouns]
    if "order" in nouns and SORTING & set(nouns[: nouns.index("order")]):
        return ""
    for topic in ("payment", "cart", "order", "checklist"):
        if topic == topics[-1] or (topic in topics[:-1] and topics[-1] in {"item", ""} and topic != "payment"):
            return topic
    return topics[-1]
