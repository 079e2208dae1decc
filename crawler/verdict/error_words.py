"""What servers say where a page is no more, in the languages of Europe (pure data).

Patterns of folded text (crawler.verdict.phrases): lower case, no accents, "ss" for the sharp s. Each language is told
by the same few parts, out of which `_language` makes the patterns; what does not fit into those stands beside them.
"""

# ruff: noqa: E501, ISC004 - tables

from __future__ import annotations

import re
from dataclasses import dataclass

_NEAR = r"[^.!?\n\"]"  # within a sentence, outside of quotations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    noun: str  # what is missing
    front: str  # what may stand before the noun in a phrase that is nothing else
    addressed: str  # what makes it a word to the reader: "you are looking for"
    this: str  # what points at the very page: "this", "the requested"
    gone: str  # what is said of it
    find: str  # what the server failed to do, up to the noun
    back: str  # what may follow
    whole: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def all_whole(self) -> tuple[str, ...]:
        noun = rf"{self.noun}(?:(?: ?/ ?| or | and | oder | ou | o | e | или | of ){self.noun})*"
        front = rf"(?:(?:{self.front})\s)*"
        back = rf"(?:,? (?:{self.back})(?:\s{_NEAR}{{0,60}})?)?"
        asked = rf"(?:,? (?:{self.addressed}){_NEAR}{{0,60}}?)?"
        return (
            rf"{front}{noun}{asked},? (?:{self.gone}){back}",
            rf"(?:{self.find})\s{front}{noun}{asked}{back}",
            *self.whole,
        )

    def all_said(self) -> tuple[str, ...]:
        return (
            rf"\b{self.noun},? (?:{_NEAR}{{0,12}}\s)?(?:{self.addressed}){_NEAR}{{0,80}}?\b(?:{self.gone})(?!\w)",
            rf"\b(?:{self.this})\s(?:\w+\s)?{self.noun}\s(?:{_NEAR}{{0,20}}\s)?(?:{self.gone})(?!\w)",
            rf"\b(?:{self.find})\s{_NEAR}{{0,25}}?\b{self.noun},? (?:{_NEAR}{{0,12}}\s)?(?:{self.addressed})",
            *self.said,
        )


_FOR_NOW = (
    r"(?! (?:right now|for now|at (?:the|this) (?:moment|time)|temporarily|currently|today|due to (?:main|tech)))"
)

_ENGLISH = _Language(
    noun=r"(?:(?:(?:web|sub)[ -]?)?page|article|story|post|document|file|url|uri|link|address|web ?site|site|resource|"
    r"content|item|entry|record|product|path|publication|topic|thread|listing|blog|video|image|photo|pdf|profile|"
    r"account|channel|section|category|directory|news item|press release|job|recipe|object|report|event|pages|contents)",
    front=r"the|this|that|your|our|an?|any|requested|web|news|following|specified|selected|original|such|whole|old|"
    r"online|archived|linked|previous|desired|missing|exact|specific|matching|given|particular|existing",
    addressed=r"(?:that |which |at the \w+ )?you(?:'re|'ve|'d| are| were| have| had| just| requested| followed| tried| "
    r"wanted| seek| asked| clicked| entered| typed| selected| want| need| specified| searched| expected| hoped| "
    r"tried| wish| attempted|r)\b|(?:that |which )?(?:was|were) (?:requested|asked for)",
    this=r"this|(?:the|your) (?:requested|specified|selected)",
    gone=r"(?:(?:was|were|is|are|has|have|could|can) )?(?:(?:simply|also|just|really|probably|sadly|unfortunately) )?"
    r"(?:not|cannot) (?:be |been )?(?:found|located|displayed|accessed)|"
    r"(?:was|were|is|are|has|have|could|ca)n't (?:be |been )?(?:found|located|displayed|accessed)|"
    r"(?:is|are|was|were)(?:n't| not) (?:here|there|found|available)(?: any ?more| any longer)?" + _FOR_NOW + "|"
    r"(?:is |are |was |were )?not (?:here|there|available|existing|found|valid)(?: any ?more| any longer)?"
    + _FOR_NOW
    + "|"
    r"(?:do|does|did)(?:n't| not) (?:seem to |appear to |actually |currently )?exists?|not exists?|doesnt exist|"
    r"(?:is |are |was |has )?(?:sadly |now |unfortunately )?no longer (?:be |seems to be |appears to be )?"
    r"(?:available|here|there|online|exists?|active|valid|accessible|with us|found|live|published|on (?:this|our))|"
    r"(?:has|have|was|were|is|are|may|might|could|must|been|be|since|also|either|have been|permanently|probably|"
    r"now|already|'s)(?: (?:has|have|was|been|be|since|also|either|permanently|probably|now|already|recently))*"
    r" (?:removed|deleted|taken down|withdrawn|expired|unpublished|discontinued|renamed|erased|(?:re)?moved,? "
    r"(?:or|and|to another|elsewhere|somewhere)|(?:re)?moved(?= or|, ?(?:re|de|or))|had (?:its|their) name)|"
    r"(?:removed|deleted|expired|withdrawn|vanished|disappeared|has vanished|has disappeared|missing|"
    r"is missing|(?:has |is |are )?gone(?: missing| away)?|went missing)|"
    r"(?:is |are )?(?<!temporarily )(?<!currently )(?<!is temporarily )unavailable" + _FOR_NOW + "|"
    r"(?:may|might|could|must) (?:have|be|no longer)(?: been| be)? (?:broken|moved|removed|deleted|renamed|expired|"
    r"outdated|out of date|incorrect|invalid|exist|available)|is (?:broken|outdated|invalid|incorrect)|"
    r"(?:is|was)(?: not|n't) an? (?:\w+ )?(?:functioning|valid|working|known|existing|active|correct)",
    find=r"(?:(?:we|i|our servers?|the (?:server|system|site|website)|it)(?:'re| are| is| was| were|'m)? ?(?:just |simply |"
    r"also |sorry,? (?:but )?(?:we )?)?)?(?:(?:(?:could|ca|did|do)n't|(?:could|can|did|do) ?not)(?: seem to| appear to)? (?:find|locate|have|"
    r"recogni[sz]e)|(?:unable|not able|failed) to (?:find|locate)|(?:having|have) trouble (?:finding|locating)|"
    r"cannot (?:find|locate)|couldnt find|cant find)",
    back=r"(?:on|at|in|from|under|for|with) (?:this|our|that|your|the (?:\w+ )?(?:site|web|server|page|archive|system|url))\w*|"
    r"by (?:the|its) (?:author|owner|publisher|user|editor|admin|uploader|site)\w*|any ?more|any longer|here|there|yet|or|"
    r"and (?:may|might|has|have|is|was|we|you|cannot|could|does)|because|please|so we|but (?:we|you)|-",
    whole=(
        r"not found|page ?not ?found|gone|object not found!?|(?:file|page|article) ?not ?exists?",
        r"(?:there(?:'s| is| was) )?no (?:such |matching )?(?:page|article|file|document|content|post|story|url|entry|record|item|topic)s?"
        r"(?: (?:was|were|could be|has been|is|are|exists?))?(?: ?found)?(?: here| at this \w+| for this \w+| exists?)?",
        r"(?:there(?:'s| is)|there was|we (?:found|have)|found)? ?nothing(?: to see)?(?: was| is| could be)?(?: ?found)?"
        r"(?: here| at this \w+| for this \w+)(?: any ?more)?",
        r"nothing (?:was )?found|(?:broken|dead|bad|outdated|invalid|expired|wrong) (?:link|url|address|web address|page)",
        r"invalid (?:article|page|story|document|post|item|news|topic|thread)(?: id| number| url)?",
        r"(?:no|invalid) (?:thread|topic|post|forum|message|attachment|album|event|announcement|page|article|story|news) (?:id )?(?:was )?(?:specified|selected)",
        r"(?:wrong|unknown|no such) (?:page|address|url|article|path|location)|missing (?:page|article|document|file)",
        r"(?:page|article|content|story|file|link|post|video|item) (?:error|removed|deleted|expired|unavailable|missing)",
        r"(?:this|the|your)? ?(?:account|site|website|domain|blog|user|profile|web hosting account)"
        r" (?:has been |is |was |have been )?(?:(?:archived|closed|suspended) or )?(?:suspended|terminated|deactivated|disabled|deleted)"
        r"(?: (?:for|due to|because of|by|at the request)\s[^.!?\n]{0,80})?",
        r"(?:(?:we|this site|the editors?)(?: have|'ve| has)? )(?:removed|withdrawn|deleted|taken down|unpublished) (?:this|the) (?:article|story|page|text|post|content|item|report)"
        r"(?: (?:at|on|from|following|after|in|because|due)\s[^.!?\n]{0,100})?",
        r"(?:the |this )?page (?:you (?:\w+ ){1,6})?(?:is|has gone|seems|went|must be|got)(?: to be)?"
        r" (?:lost|missing|awol|astray|walkabout|a?wandering|on holiday|on vacation|extinct|elsewhere)",
        r"(?:you(?:'re|'ve| are| seem| appear| have| look)?(?: to be| to have| got| gotten)?|we(?:'re| are)?|are you) lost",
        r"(?:it's|it is) (?:gone|not here|not you,? it's us)|that(?:'s| is) a (?:404|dead end)|dead end|four[ -]oh[ -]four",
        r"you(?:'ve| have)? (?:found|hit|reached|discovered|stumbled (?:up)?on) (?:a|an|our)"
        r" (?:404|dead end|broken link|missing page|error page|dead link|page that \w+(?:n't| not) exist)\b[^.!?\n]{0,40}",
    ),
    said=(
        r"\brequested (?:url|uri|resource|page|document|file|article|address|content|item|path|object)\b[^!?\n\"]{0,140}?"
        r"(?:not (?:be )?(?:found|located)|n't (?:be )?(?:found|located)|(?:not|n't) exist|no longer|removed|deleted|"
        r"(?<!temporarily )unavailable|not available|invalid|gone)" + _FOR_NOW,
        rf"\b(?:we|i|our servers?|the server|server)\b{_NEAR}{{0,25}}?(?:(?:(?:ca|could|did)n't|(?:can|could|did) ?not)(?: seem to)? (?:find|locate)|"
        rf"unable to (?:find|locate)) (?:(?:the|this|that|your|any|requested|such|a|an) )*"
        r"(?:page|article|file|document|url|link|story|post|content|resource|address|it)s?\b",
        rf"\b(?:find|locate) what you(?:'re| are| were| wanted| need)|what you(?:'re| are| were) (?:looking|searching) for"
        rf"{_NEAR}{{0,30}}(?:(?:not|n't) (?:here|there|exist|be found|found|available)|no longer|moved|gone|missing)",
        r"\bif you followed a valid link,? please (?:notify|contact|inform|tell) (?:the|an|our) (?:administrator|webmaster)",
        r"\bnothing (?:was |has been |could be )?found (?:here|at this|under this|for this (?:url|address))",
        rf"\byou(?:'ve| have| may| might| could| probably| must|r){_NEAR}{{0,60}}?(?:mis-?typed|miss?pelled|(?:incorrect|wrong|bad|"
        r"broken|outdated|out-of-date|dead|invalid|old|faulty) (?:url|link|address|web address|page address|bookmark))",
        r"\b(?:page|url|link|article|story|file|document|content|item)s? (?:may|might|could|must|has|have|had|was) "
        r"(?:also |either |possibly |probably |since )?(?:have |been |be |had )*(?:removed|deleted|moved|renamed|its name changed|"
        r"expired|archived)(?: to[^.,]{0,30})?,? ?(?:,|or|and)[^.!?\n]{0,40}(?:removed|deleted|moved|renamed|changed|expired|exist|"
        r"unavailable|available|archived|broken)",
        rf"\byou(?:'re| are| were|'ve)? (?:looking for|requested|searching for|trying to \w+|asked for|followed){_NEAR}{{0,40}}(?:(?:does|do|did) ?n[o']t exist|not exist)",
        r"\bthis (?:is )?(?:is not|isn't) the (?:web ?)?page you",
        r"\bno longer (?:available|exists?|accessible|online) (?:at|on|in|from|under) (?:this|our|the) "
        r"(?:site|website|server|address|url|location|page|archive)",
        r"\b(?:removed|deleted|withdrawn|taken down) (?:from (?:our|this|the) (?:site|website|server|archive|platform)|"
        r"by (?:the|its) (?:author|owner|publisher|user|editor|administrator|uploader))",
        r"\b(?:page|article|url|file|document) (?:could|can)(?:not| not|n't) be found\b",
        r"\bthe page (?:does not|doesn't|no longer) exists?\b",
        r"\b(?:sorry|apologi[sz]e)\b[^.!?\n\"]{0,40}\b(?:page|article|link|url|content|story|document|file|post)\b[^.!?\n\"]{0,50}?"
        r"(?:(?:not|n't) (?:be )?(?:found|exist|here)|no longer|(?<!not )(?:removed|deleted)|missing|gone|expired)",
    ),
)

_GERMAN = _Language(
    noun=r"(?:(?:web|internet|unter|ziel)?seiten?|artikels?|beitrags?|beitrag|dokuments?|datei|adresse|url|link|inhalte?s?|"
    r"website|webseite|meldung|nachricht|text|video|eintrag|ressource|angebot|produkt|thema|profil|bericht|objekt)",
    front=r"d(?:ie|er|as|en|em)|diese[rsnm]?|ihre?|unsere|eine?|keine?n?|angeforderte[nrs]?|gesuchte[nrs]?|gewunschte[nrs]?|"
    r"aufgerufene[nrs]?|angegebene[nrs]?|angefragte[nrs]?|eingegebene[nrs]?|gewahlte[nrs]?|von|ihnen|dir|leider|hier|wir|"
    r"entsprechende[nrs]?|verlinkte[nrs]?",
    addressed=r"die (?:sie|du|ihr)|den (?:sie|du)|das (?:sie|du)|nach d(?:er|em) (?:sie|du)|unter d(?:er|ieser)",
    this=r"diese[rs]?|(?:von ihnen |von dir )?(?:angeforderte|gesuchte|gewunschte|aufgerufene|angefragte|eingegebene|"
    r"gewahlte|verlinkte)[rns]?",
    gone=r"(?:(?:wurde|konnte|kann|ist|war|sind)(?: \w+)? )?(?:auf [^.!?]{1,40} )?nicht (?:mehr )?(?:gefunden|vorhanden|"
    r"verfugbar|auffindbar|abrufbar|online|zu finden|da|existent|aufgefunden|ermittelt)(?: (?:werden|worden))?|"
    r"existiert(?: \w+)? nicht(?: mehr)?|nicht (?:mehr )?existiert|gibt es(?: \w+)? nicht(?: mehr)?|"
    r"steht(?: \w+)? nicht (?:mehr )?zur verfugung|(?:steht|ist|liegt|findet sich)(?: \w+)? nicht (?:mehr )?(?:im (?:\w+)?archiv|im (?:netz|angebot)|online|hier)|(?:wurde|ist)(?: \w+)? (?:geloscht|entfernt|abgelaufen|"
    r"offline genommen|depubliziert|umgezogen oder|verschoben oder|verschwunden)(?: worden)?|fehlt|geloscht|unbekannt|"
    r"ungultig|verschwunden",
    find=r"(?:wir )?(?:konnten|konnen|haben|kann|konnte)(?: wir)?(?: leider)?|leider",
    back=r"auf|unter|in|im|oder|und|mehr|von|bitte|am|hier|an",
    whole=(
        r"nicht gefunden|(?:wir )?(?:konnten|konnen|haben)(?: wir)?(?: leider)? (?:die|den|das|diese[ns]?|ihre)?(?: \w+)? "
        r"?(?:seite|artikel|inhalt|beitrag|dokument|datei)(?: leider)? nicht (?:mehr )?(?:finden|gefunden)",
        r"kein(?:e|en)? (?:seite|artikel|inhalt|beitrag|dokument|datei) (?:gefunden|vorhanden)|toter link|ungultige (?:url|adresse)",
        r"(?:wir haben|auf wunsch)\s[^.!?\n\"]{0,60}(?:diesen|diese|dieses|den|die) (?:artikel|beitrag|text|meldung|seite|inhalt)\s[^.!?\n\"]{0,40}(?:entfernt|geloscht|zuruckgezogen|offline genommen)",
        r"hier (?:gibt es|ist)(?: leider)? nichts(?: mehr)?(?: zu (?:sehen|finden))?|nichts gefunden",
    ),
    said=(
        rf"\b(?:seite|artikel|inhalt|beitrag|dokument|datei){_NEAR}{{0,60}}(?:konnte|kann|wurde){_NEAR}{{0,30}}nicht gefunden",
        rf"\bwir (?:konnen|konnten|haben){_NEAR}{{0,40}}(?:seite|artikel|inhalt|beitrag|dokument){_NEAR}{{0,30}}nicht (?:finden|gefunden)",
        rf"\bgibt es{_NEAR}{{0,20}}(?:diese|keine) (?:seite|adresse|url)",
        rf"\b(?:seite|artikel|inhalt){_NEAR}{{0,20}}nicht mehr (?:existiert|verfugbar|vorhanden|online)",
    ),
)

_FRENCH = _Language(
    noun=r"(?:pages?(?: web)?|articles?|contenus?|documents?|fichiers?|adresses?|url|liens?|sites?|ressources?|publications?|"
    r"produits?|rubriques?|annonces?|videos?|sujets?|fiches?|profils?|depeches?|nouvelles?|infos?|breves?|actualites?|billets?|textes?|"
    r"informations?|reportages?|communiques?)",
    front=r"l[ae]s?|cette|cet|ce|votre|notre|une?|aucun[e]?|l'|d'|de|en ligne|autre",
    addressed=r"(?:(?:que|a laquelle|auquel|ou) )?(?:vous|tu)|que (?:vous|tu)|demandee?|recherchee?|souhaitee?|appelee?|"
    r"sollicitee?|indiquee?|a laquelle",
    this=r"cette|cet|ce",
    gone=r"(?:est |semble |reste |demeure |actuellement )*(?:introuvable|inexistante?|indisponible|manquante?)|"
    r"(?:n'est|n'etait) (?:plus|pas)(?: ou plus)?(?: \w+)? ?(?:disponible|accessible|en ligne|valide|ici|la|trouvee?)|"
    r"n'(?:existe|existait) (?:pas|plus)(?: ou plus)?|(?:n'a|n'ont)(?: malheureusement)? (?:pas|plus)(?: pu)? (?:ete|etre) "
    r"(?:trouve|retrouve)e?s?|ne peut (?:pas )?etre (?:trouve|affiche)e?|non[- ](?:trouve|disponible|existant)e?e?|"
    r"(?:a|ont|est|peut avoir|a peut-etre)(?: \w+)? ?(?:ete |etre )?(?:supprime|efface|retire|deplace ou|desactive|depublie)e?s?|"
    r"supprimee?|a disparu|a expire|expiree?|perdue?|pas trouvee?|n'est pas la|demandee?(?: est)? introuvable",
    find=r"(?:nous |on )?(?:n'avons|n'a|ne (?:trouvons|parvenons|pouvons|trouve))(?: pas| malheureusement)*(?: pu| a)? ?"
    r"(?:trouver?e?|retrouver?e?)?|impossible de (?:trouver|retrouver|localiser)",
    back=r"sur|a|dans|ou|et|par|ici|pour|car|de|depuis",
    whole=(
        r"nous avons (?:retire|supprime|depublie) (?:cet?(?:te)?|l[ae]|l') ?(?:article|page|texte|contenu|depeche|billet)(?: [^.!?\n]{0,80})?|non trouvee?|introuvable|pas trouvee?|lien (?:brise|mort|casse|rompu)|rien (?:n'a ete )?trouve(?: ici)?",
    ),
    said=(
        rf"\bpage{_NEAR}{{0,60}}(?:n'existe (?:pas|plus)|est introuvable|n'a pas (?:ete|pu etre) trouvee)",
        rf"\bnous (?:n'avons|ne){_NEAR}{{0,30}}trouv\w+ (?:la|cette|l') ?(?:page|article)",
    ),
)

_SPANISH = _Language(
    noun=r"(?:paginas?(?: web)?|articulos?|contenidos?|documentos?|archivos?|direccion|url|enlaces?|sitios?|recursos?|noticias?|"
    r"publicacion|entradas?|productos?|secciones?|videos?|notas?|textos?|informacion(?:es)?|reportajes?|piezas?|comunicados?)",
    front=r"l[ao]s?|el|est[ea]|es[ea]|su|tu|un[a]?|ningun[a]?|nuestra",
    addressed=r"(?:a la )?que (?:usted |tu |esta|estas|busca|buscas|buscaba|intenta|intentas|solicit|has|ha|desea|quiere|"
    r"deseas|quieres|pidio|trata|tratas)\w*|solicitad[ao]|buscad[ao]|requerid[ao]|a la que|indicad[ao]",
    this=r"est[ea]|es[ea]|dich[ao]",
    gone=r"(?:(?:ya )?no|tampoco)(?: \w+)? ?(?:ha sido |fue |pudo ser |puede ser |se ha |esta )?(?:encontrad[ao]|existe|existente|"
    r"disponible|localizad[ao]|pudo encontrarse|encuentra|pudo ser encontrad[ao]|hallad[ao]|valid[ao])|inexistente|"
    r"(?:ha sido|fue|puede haber sido|esta)(?: \w+)? (?:eliminad|borrad|retirad|suprimid|movid)[ao]s?|eliminad[ao]|retirad[ao]|suprimid[ao]|"
    r"no se (?:ha )?(?:encontro|encuentra|encontrado|pudo encontrar|puede encontrar)(?: disponible)?|ha desaparecido|"
    r"ha caducado|caducad[ao]|se ha perdido",
    find=r"no (?:se )?(?:ha |han |hemos |pudo |puede |podemos |pudimos |logramos )?(?:encontr\w+|hall\w+|localiz\w+|existe)|"
    r"imposible encontrar",
    back=r"en|o|y|por|aqui|porque|con|de|a",
    whole=(
        r"[^.!?\n\"]{0,120}hemos (?:retirado|eliminado|suprimido) (?:este|esta|el|la) (?:texto|articulo|noticia|contenido|pagina|nota|informacion)(?: [^.!?\n]{0,80})?|no encontrad[ao]|enlace (?:roto|caido)|no (?:se )?(?:encontro|hay) nada(?: aqui)?",
    ),
    said=(
        rf"\bpagina{_NEAR}{{0,60}}(?:no existe|no (?:ha sido|fue) encontrada|no se (?:encuentra|encontro|ha encontrado))",
        r"\bno (?:podemos|pudimos|hemos podido|logramos|se pudo) encontrar (?:la|esta|el) (?:pagina|articulo|contenido|noticia)",
    ),
)

_PORTUGUESE = _Language(
    noun=r"(?:paginas?(?: web)?|artigos?|conteudos?|documentos?|arquivos?|ficheiros?|enderecos?|url|links?|sites?|recursos?|"
    r"noticias?|publicac[ao][eo]s?|postagens?|produtos?|materias?|videos?)",
    front=r"[ao]s?|est[ea]|ess[ea]|sua|uma?|nenhuma?|nossa",
    addressed=r"que (?:voce|tu|esta|procura|procurou|procurava|tentou|tenta|solicitou|deseja|busca|pretende|acessou|pediu)\w*|"
    r"(?:que )?voce|solicitad[ao]|procurad[ao]|requisitad[ao]|pretendid[ao]|pedid[ao]|desejad[ao]",
    this=r"est[ea]|ess[ea]",
    gone=r"(?:ja )?nao(?: \w+)? ?(?:foi |pode ser |pôde ser |esta |se )?(?:mais )?(?:encontrad[ao]|existe|disponivel|localizad[ao]|"
    r"encontra(?:-se)?(?: disponivel)?|existe mais|valid[ao])(?: mais)?|inexistente|indisponivel|"
    r"(?:foi|pode ter sido|esta)(?: \w+)? (?:removid|apagad|excluid|eliminad|retirad|deletad|movid)[ao]s?|removid[ao]|excluid[ao]|"
    r"expirou|desapareceu|sumiu",
    find=r"(?:nos )?nao (?:(?:foi possivel|conseguimos|pudemos|podemos) )?(?:encontr\w+|localiz\w+|ach\w+|existe)|"
    r"(?:foi )?impossivel encontrar",
    back=r"em|n[ao]|ou|e|por|aqui|pelo|pela|neste|do|de",
    whole=(r"nao encontrad[ao]|link (?:quebrado|expirado)|nada (?:foi )?encontrado(?: aqui)?",),
    said=(
        rf"\bpagina{_NEAR}{{0,60}}(?:nao existe|nao foi encontrada|nao pode ser encontrada|nao esta (?:mais )?disponivel)",
        r"\bnao (?:conseguimos|foi possivel|pudemos) (?:encontrar|localizar) (?:a|esta|essa|o) (?:pagina|artigo|conteudo|noticia)",
    ),
)

_ITALIAN = _Language(
    noun=r"(?:pagin[ae](?: web)?|articol[oi]|contenut[oi]|document[oi]|file|indirizzo|url|link|sito|risors[ae]|notizi[ae]|"
    r"pubblicazione|prodott[oi]|video|post|collegamento)",
    front=r"l[ao']|il|quest[ao]|tua|tuo|una?|nessuna?|nostra|web",
    addressed=r"(?:che )?(?:stai|hai|si sta|sta|state|avete|cerchi|cercavi|cercata?|volevi|desideri)\w*|a cui|"
    r"richiest[ao]|cercat[ao]|desiderat[ao]|selezionat[ao]|indicat[ao]|che cerchi",
    this=r"quest[ao]|tale",
    gone=r"non(?: \w+)? ?(?:e stat[ao] |puo essere |e (?:piu )?|risulta |sembra )?(?:piu )?(?:trovat[ao]|esiste(?: piu)?|esistente|"
    r"disponibile|presente|raggiungibile|reperibile|valid[ao]|(?:in|nel(?: nostro)?) archivio|online|in rete)|non (?:e )?(?:piu )?(?:disponibile|presente|esiste piu)|inesistente|"
    r"(?:e|sia|potrebbe essere)(?: \w+)? (?:stat[ao] )?(?:rimoss|cancellat|eliminat|spostat)[ao]|rimoss[ao]|introvabile|"
    r"e scadut[ao]|scomparsa",
    find=r"(?:non (?:(?:siamo riusciti|riusciamo|e possibile|e stato possibile|abbiamo|possiamo)(?: a)? )?(?:trov\w+|esiste))|"
    r"impossibile trovare",
    back=r"su|sul|in|o|e|da|qui|nel|dal|a|per",
    whole=(r"non trovat[ao]|(?:collegamento|link) (?:interrotto|non valido|rotto)|nessun risultato trovato qui",),
    said=(
        rf"\bpagina{_NEAR}{{0,60}}(?:non esiste|non e stata trovata|non e (?:piu )?disponibile|non puo essere trovata)",
        rf"\bnon (?:siamo riusciti|riusciamo|abbiamo)\b{_NEAR}{{0,12}}trova\w+ (?:la|questa|l') ?(?:pagina|articolo)",
    ),
)

_DUTCH = _Language(
    noun=r"(?:(?:web)?pagina(?:'s)?|artikel|bericht|document|bestand|adres|url|link|inhoud|content|website|item|product|nieuwsbericht)",
    front=r"de|het|deze|dit|die|uw|jouw|je|een|geen|opgevraagde|gevraagde|gezochte|gewenste|door|u|onze",
    addressed=r"(?:die|dat|waar|welke) (?:u|je|jij)|door u|(?:die )?(?:u|je) (?:zoekt|zocht|probeert|opvraagt|hebt)",
    this=r"deze|dit|(?:de |het )?(?:door u |door jou )?(?:opgevraagde|gevraagde|gezochte|gewenste)",
    gone=r"(?:is |werd |kon |kan |kunnen |lijkt )?(?:helaas )?niet (?:meer )?(?:worden )?(?:gevonden|beschikbaar|bereikbaar|vindbaar|"
    r"te vinden|aanwezig|online|bestaan)(?: worden)?|bestaat(?: \w+)? niet(?: meer)?|niet (?:meer )?bestaat|"
    r"(?:is|werd)(?: \w+)? (?:verwijderd|verplaatst of|verdwenen|verlopen)|verwijderd|ontbreekt|onbekend",
    find=r"(?:we |wij )?(?:konden|kunnen|hebben|kan)(?: we| wij)?(?: helaas)?",
    back=r"op|in|of|en|meer|door|hier|van|onder",
    whole=(
        r"niet gevonden|geen (?:pagina|artikel|inhoud) gevonden|"
        r"(?:we |wij )?(?:konden|kunnen)(?: we)?(?: helaas)? (?:de|deze|dit|het) (?:pagina|artikel) (?:helaas )?niet vinden",
    ),
    said=(
        rf"\bpagina{_NEAR}{{0,60}}(?:niet (?:worden )?gevonden|bestaat (?:\w+ )?niet|niet (?:meer )?(?:bestaat|beschikbaar))",
        rf"\b(?:kunnen|konden) (?:we )?{_NEAR}{{0,12}}(?:pagina|artikel){_NEAR}{{0,30}}niet vinden",
    ),
)

_RUSSIAN = _Language(
    noun=r"(?:(?:веб-?)?страниц[аыу]|стать[яюи]|материал|документ|фаил|адрес|ссылка|публикаци[яюи]|новост[ьи]|запись|раздел|"
    r"контент|саит|ресурс|тема|видео|url|объект|товар)",
    front=r"эта|этот|это|эту|данная|данныи|данную|так(?:ои|ая|ую|ого)|ваша|наша|запрашиваем\w+|запрошенн\w+|искомая|указанн\w+|"
    r"нужная|не|вами|выбранн\w+|требуем\w+",
    addressed=r"(?:на )?котор(?:ую|ыи|ои|ые) вы|по вашему запросу|по (?:этому|данному|указанному) адресу|с таким адресом|вами|"
    r"вы ищете",
    this=r"эта|этот|данная|данныи|(?:запрашиваем|запрошенн|иском|указанн)\w+(?: вами)?",
    gone=r"(?:была |был |было )?не (?:наиден|обнаружен|существует|доступн|отображ|может быть наиден)\w*|"
    r"(?:больше|более|уже) не (?:существует|доступ\w+)|не существует|(?:была |был |было |возможно,? )*(?:удалена?о?|"
    r"перемещена? или|снята? с публикации)|недоступн\w+(?! временно)|отсутствует|устарела?|потеряна|исчезла|нет",
    find=r"(?:мы )?не (?:удалось |смогли |можем |можно )?(?:наи(?:ти|дена?о?)|нашли|нашлось|нашлась)|такои|не существует(?: такои)?",
    back=r"на|в|или|и|по|с|автором|из",
    whole=(r"не наиден[ао]?|такои страницы (?:у нас )?(?:нет|не существует)|ничего не наидено|неверныи адрес",),
    said=(
        rf"страниц[аы]{_NEAR}{{0,70}}(?:не (?:наидена|существует|обнаружена)|была удалена)",
        rf"(?:не (?:удалось|смогли|можем) наити){_NEAR}{{0,20}}(?:страницу|статью|материал|запрашиваем)",
        r"неправильно (?:набран|введен|указан) адрес|так(?:ои|ого) (?:страницы|адреса) (?:\w+ ){0,3}(?:нет|не существует)",
    ),
)

_LANGUAGES = (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _DUTCH, _RUSSIAN)

EUROPEAN_WHOLE = tuple(pattern for language in _LANGUAGES for pattern in language.all_whole())
EUROPEAN_SAID = tuple(pattern for language in _LANGUAGES for pattern in language.all_said())

# Without a noun they are titles of other things too.
BARE = re.compile(
    r"not found|gone|nothing (?:was )?found|lost|nicht gefunden|nichts gefunden|non trouvee?|introuvable|no encontrad[ao]|nao encontrad[ao]|"
    r"non trovat[ao]|niet gevonden|не наиден[ао]?|ничего не наидено|ikke (?:fundet|funnet)|you(?:'re| are) lost|are you lost|dead end|"
    r"it's gone|غير موجوده?|未找到了?|找不到了?|不存在了?|没有找到了?"
)
# How errors, and those who ask for patience, go on talking: two of these in a paragraph, and it tells no story.
HELP = re.compile(
    r"search|home ?page|\burl\b|web address|browser|\blinks?\b|bookmark|spelling|mistyped|apologi[sz]e|sorry|inconvenience|contact us|site ?map|looking for|"
    r"refresh|back button|javascript|cookies|captcha|\bip\b|suche|startseite|adresse|verweis|recherche|accueil|lien|buscar|inicio|enlace|direccion|procurar|"
    r"pagina inicial|cerca|indirizzo|collegamento|поиск|главн|адрес|ссылк|zoek|startpagina|搜索|搜尋|首页|首頁|返回|网址|網址|链接|連結|抱歉|对不起|對不起|刷新|"
    r"トップページ|検索|リンク|お探し|申し訳|البحث|الرئيسيه|الرابط|عذرا"
)
