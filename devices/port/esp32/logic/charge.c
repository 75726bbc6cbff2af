#include "devices/port/esp32/logic/charge.h"

#include <stddef.h>

#include "devices/core/platform.h"

struct charge_point {
    uint32_t mv;
    uint32_t percent;
};

static const struct charge_point curve[] = {
#define CHARGE(...) { __VA_ARGS__ },
#include "devices/port/esp32/logic/charge.def"
#undef CHARGE
};

#define POINTS (sizeof(curve) / sizeof(curve[0]))

void charge_measured(struct charge *charge, uint32_t mv)
{
    if (charge->mv == 0 || mv < CHARGE_NONE_MV || charge->mv < CHARGE_NONE_MV)
        charge->mv = mv;
    else
        charge->mv = (3 * charge->mv + mv) / 4;
}

static uint32_t between(const struct charge_point *high,
        const struct charge_point *low, uint32_t mv)
{
    return low->percent + (high->percent - low->percent) * (mv - low->mv) /
                                  (high->mv - low->mv);
}

uint32_t charge_percent(const struct charge *charge)
{
    if (charge->mv < CHARGE_NONE_MV)
        return DEVICE_NO_BATTERY;
    if (charge->mv >= curve[0].mv)
        return curve[0].percent;
    for (size_t i = 1; i < POINTS; i++)
        if (charge->mv >= curve[i].mv)
            return between(&curve[i - 1], &curve[i], charge->mv);
    return curve[POINTS - 1].percent;
}
