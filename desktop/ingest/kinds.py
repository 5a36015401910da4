"""What kind of file one is that is no photo, by its name."""

from __future__ import annotations

from desktop.catalog import Reason

_SUFFIXES = {
    Reason.VIDEO: "3g2 3gp asf avi divx flv insv lrv m2ts m2v m4v mkv mov mp4 mpeg mpg mts mxf ogv "
    "vob webm wmv",
    Reason.RAW: "3fr ari arw bay cap cr2 cr3 crw dcr dng eip erf fff gpr iiq k25 kdc mdc mef mos "
    "mrw nef nrw orf pef ptx r3d raf raw rw2 rwl rwz sr2 srf srw x3f",
    Reason.PICTURE: "afdesign afphoto ai blp cdr clip cur dcm dds djvu dpx emf eps exr fits hdp "
    "hdr icns ico j2c j2k jp2 jpf jpm jpx jxl jxr kra odg ora pam pbm pcx pfm pgm pict pnm ppm psb "
    "psd psp pxd qoi ras sai sgi svg svgz sketch tga vsd wbmp wdp wmf xbm xcf xpm",
    Reason.DOCUMENT: "csv doc docx epub htm html key log md mobi numbers odp ods odt pages pdf pps "
    "ppt pptx ps rtf tex txt url webloc xls xlsx",
    Reason.SIDECAR: "aae comask cos dop ini json lnk moff modd pp3 thm vrd xml xmp yaml yml",
    Reason.SOUND: "aac aif aiff amr ape caf flac m4a mid mp3 oga ogg opus wav wma",
    Reason.ARCHIVE: "7z bz2 cbr cbz dmg gz iso rar tar tgz txz xz zip zst",
    Reason.UNFINISHED: "crdownload download filepart opdownload part partial tmp",
}
_BY_SUFFIX = {suffix: reason for reason, all_ in _SUFFIXES.items() for suffix in all_.split()}


def kind_of(name: str) -> Reason:
    return _BY_SUFFIX.get(name[name.rfind(".") + 1 :].lower(), Reason.OTHER)
