#!/bin/sh
# Makes the fonts in assets/fonts from Noto Sans.
#
# Needs: NotoSans-Regular.ttf and NotoSans-Bold.ttf (Debian: fonts-noto-core)
# in the folder given as the first argument, and pyftsubset (PyPI: fonttools
# and brotli) on PATH. Kerning, ligatures and hinting are left out: files are
# smaller, and the width of a text is the sum of the widths of its characters,
# which the layout of the figures relies on.
set -eu

source=${1:-/usr/share/fonts/truetype/noto}
target=$(dirname "$0")/../assets/fonts

# Latin-1, Latin Extended-A, Greek mu and pi, dashes, quotes, ellipsis, bullet, signs.
characters='U+0020-007E,U+00A0-017F,U+03BC,U+03C0,U+2013,U+2014,U+2018-201A,U+201C-201E,U+2022,U+2026,U+20AC,U+20B9,U+2212,U+FFFD'

for weight in Regular Bold; do
    for form in ttf woff2; do
        flavor=
        [ "$form" = woff2 ] && flavor=--flavor=woff2
        pyftsubset "$source/NotoSans-$weight.ttf" --unicodes="$characters" \
            --layout-features='' --no-hinting --desubroutinize --drop-tables+=GPOS,GSUB,GDEF,STAT,DSIG,meta \
            --name-IDs=0,1,2,3,4,5,6,13,14 --name-languages=0x409 --notdef-outline \
            $flavor --output-file="$target/NotoSans-$weight.$form"
    done
done
