"""Names as French pupils bear them: lists in the order of frequency, and how often each rank occurs.

A pupil in six has one of the 300 commonest family names, two in three have one of the 150 commonest first names. The
weights follow the ranks (power laws fitted to public counts); the rest is made of syllables, so that homonyms are as
rare as in a real school.
"""

import random
from itertools import accumulate, product


def listed(text):
    return [name.strip() for name in text.replace("\n", " ").split(",") if name.strip()]


FAMILY = listed("""
Martin, Bernard, Thomas, Petit, Robert, Richard, Durand, Dubois, Moreau, Laurent, Simon, Michel, Lefebvre, Leroy, Roux,
David, Bertrand, Morel, Fournier, Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau, Vincent, Muller, Lefèvre, Faure,
André, Mercier, Blanc, Guérin, Boyer, Garnier, Chevalier, François, Legrand, Gauthier, Garcia, Perrin, Robin, Clément,
Morin, Nicolas, Henry, Roussel, Mathieu, Gautier, Masson, Marchand, Duval, Denis, Dumont, Marie, Lemaire, Noël, Meyer,
Dufour, Meunier, Brun, Blanchard, Giraud, Joly, Rivière, Lucas, Brunet, Gaillard, Barbier, Arnaud, Martinez, Gérard,
Roche, Renard, Schmitt, Roy, Leroux, Colin, Vidal, Caron, Picard, Roger, Fabre, Aubert, Lemoine, Renaud, Dumas, Lacroix,
Olivier, Philippe, Bourgeois, Pierre, Benoît, Rey, Leclerc, Payet, Rolland, Leclercq, Guillaume, Lecomte, Lopez, Jean,
Dupuy, Guillot, Hubert, Berger, Carpentier, Sanchez, Dupuis, Moulin, Louis, Deschamps, Huet, Vasseur, Perez, Boucher,
Fleury, Royer, Klein, Jacquet, Adam, Paris, Poirier, Marty, Aubry, Guyot, Carré, Charles, Renault, Charpentier, Ménard,
Maillard, Baron, Bertin, Bailly, Hervé, Schneider, Fernandez, Le Gall, Collet, Léger, Bouvier, Julien, Prévost, Millet,
Perrot, Daniel, Le Roux, Cousin, Germain, Breton, Besson, Langlois, Rémy, Le Goff, Pelletier, Lévêque, Perrier, Leblanc,
Barré, Lebrun, Marchal, Weber, Mallet, Hamon, Boulanger, Jacob, Monnier, Michaud, Rodriguez, Guichard, Gillet, Étienne,
Grondin, Poulain, Tessier, Chevallier, Collin, Chauvin, Da Silva, Bouchet, Gay, Lemaître, Bénard, Maréchal, Humbert,
Reynaud, Antoine, Hoarau, Perret, Barthélemy, Cordier, Pichon, Lejeune, Gilbert, Lamy, Delaunay, Pasquier, Carlier,
Laporte, Gros, Buisson, Coulon, Jacques, Le Corre, Alexandre, Briand, Ferreira, Camus, Evrard, Pons, Descamps, Tanguy,
Ollivier, Maury, Diallo, Ferrand, Bigot, Guillet, Didier, Regnier, Blondel, Navarro, Rousset, Bodin, Delmas, Pineau,
Verdier, Bourdon, Allard, Besnard, Traoré, Fischer, Barbe, Legros, Seguin, Blot, Chartier, Nguyen, Georges, Maurice,
Boutin, Imbert, Gomez, Peltier, Vallée, Hebert, Delattre, Joubert, Lebon, Tournier, Maillot, Dos Santos, Pruvost,
Texier, Lacombe, Coste, Merle, Marion, Lagarde, Launay, Leconte, Bazin, Chauvet, Hernandez, Rossi, Parent, Becker,
De Oliveira, Techer, Guibert, Couturier, Blin, Ribeiro, Bousquet, Mas, Prigent, Valentin, Pereira, Ali, Labbé, Vial,
Bruneau, Ferry, Mahé, Poisson, Dijoux, Devaux, Brunel, Coulibaly, De Sousa, Sauvage, Voisin, Courtois, Cohen,
Hamel, Jourdan, Rodrigues, Le Gal, Marin, Chauveau, Grenier, Guilbert, Martel, Roques, Albert, Turpin, Godard, Lopes,
Gosselin, Ruiz, Torres, Mendy, Haddad, Benali, Camara, Cissé, Bonneau, Delorme, Vaillant, Bourdin, Chapuis
""")

GIRLS = listed("""
Emma, Lola, Chloé, Inès, Léa, Manon, Jade, Louise, Zoé, Lilou, Camille, Sarah, Lina, Alice, Clara, Romane, Eva,
Juliette, Anna, Maëlys, Rose, Ambre, Julia, Léna, Louna, Lucie, Mila, Charlotte, Élise, Margaux, Nina, Agathe, Lou,
Jeanne, Inaya, Sofia, Lana, Anaïs, Capucine, Clémence, Mathilde, Louane, Océane, Victoria, Lisa, Yasmine, Pauline,
Margot, Noémie, Olivia, Éléna, Valentine, Marie, Éloïse, Maëlle, Léonie, Salomé, Apolline, Assia, Soline, Laura,
Lya, Maya, Gabrielle, Lise, Célia, Thaïs, Adèle, Alicia, Mélina, Elsa, Sara, Faustine, Elena, Maria, Alix, Nour,
Constance, Suzanne, Justine, Lyna, Candice, Emy, Amélie, Stella, Emmy, Lily, Fatima, Alya, Garance, Marion, Ana,
Syrine, Line, Coline, Aya, Joséphine, Anouk, Marine, Roxane, Lilia, Élisa, Célestine, Naomi, Lyana, Malak, Ninon,
Hanna, Hélène, Blanche, Iris, Kenza, Sofiane, Élina, Clélia, Myriam, Solène, Héloïse, Zélie, Amina, Diane, Tess,
Livia, Aïcha, Aliya, Lou-Anne, Marie-Lou, Jana, Elya, Norah, Luna, Safia, Maïssa, Aurore, Aliénor, Julie, Ophélie,
Cassandre, Mariam, Morgane, Carla, Nélia, Tiphaine, Anaé, Calie, Lia, Nora, Rania, Philippine
""")

BOYS = listed("""
Nathan, Lucas, Enzo, Léo, Louis, Hugo, Gabriel, Ethan, Mathis, Jules, Raphaël, Arthur, Tom, Noah, Timéo, Théo, Mathéo,
Maxime, Adam, Axel, Sacha, Nolan, Antoine, Paul, Maël, Yanis, Clément, Alexandre, Victor, Mohamed, Baptiste, Martin,
Gabin, Evan, Samuel, Thomas, Liam, Rayan, Robin, Eliott, Simon, Valentin, Tiago, Mathys, Aaron, Lenny, Kylian, Noé,
Romain, Esteban, Ibrahim, Quentin, Adrien, Pierre, Augustin, Titouan, Benjamin, Loan, Marius, Oscar, Ilyes, Lorenzo,
Rafaël, Diego, Bastien, Mehdi, Amine, Naël, Alexis, Malo, Lukas, Ismaël, Ayoub, Kaïs, Ruben, Antonin, Gaspard, Léon,
Dylan, Julien, Nino, Matthieu, Mathieu, Camille, Elias, Côme, Youssef, Maé, Swann, Émile, Charles, Nicolas, Alban,
Louka, David, Marceau, Thibault, Thibaut, Ali, Kenzo, Rémi, Ewen, Corentin, Félix, Soan, Joseph, Tristan, Bilal, Jean,
Tao, Hamza, Edgar, Luca, Owen, William, Wassim, Noam, Guillaume, Erwan, Yassine, Ilan, Isaac, Daniel, Basile, Lilian,
Milan, Aurélien, Florian, Angelo, Anas, Timothée, Jean-Baptiste, Zakaria, Nassim, Killian, Younès, Armand, Éloi,
Sohan, Auguste, Charly, Gaëtan, Issa, Moussa, Mamadou, Célian, Jonas, Dorian, Ylan, Mattéo
""")

PARTICLES = ("De ", "Le ", "Du ", "De La ", "Ben ", "El ", "Van ", "D'")


class Drawer:
    """Draws items, each as often as its weight says; `rest` (weight, function) makes those that are not listed."""

    def __init__(self, items, weights, rest):
        self.items, self.sums = items, list(accumulate(weights))
        self.share = self.sums[-1] / (self.sums[-1] + rest[0])
        self.make = rest[1]

    def draw(self, chance):
        if chance.random() < self.share:
            return chance.choices(self.items, cum_weights=self.sums)[0]
        return self.make(chance)


STARTS = "Ba Be Bo Bra Ca Cha Clo Cor Da Del Fa Fer Gau Gi Gra Ha Jo La Lan Ma Mer Mon Na Pa Per Pra Ra Ri Sa Ta Va Vi"
MIDDLES = "ba chi da du fa gi go la le ma mi na ne pa que ra ri ro sa tan ti va ver zou"
FAMILY_ENDS = "ard aud eau el elle ert et eux ey ier ière in ois on ot oux y ac ec i a ez"
FIRST_ENDS = "a ane ec el ia ian ie iel in ina is na né o on ya"


def made(ends, chance):
    middle = chance.choice(MIDDLES.split()) if chance.random() < 0.6 else ""
    return f"{chance.choice(STARTS.split())}{middle}{chance.choice('ll l r rr n nn t tt d v c'.split())}{ends}"


def rare_family(chance):
    particle = chance.choice(PARTICLES) if chance.random() < 0.05 else ""
    return particle + made(chance.choice(FAMILY_ENDS.split()), chance)


def rare_first(chance):
    return made(chance.choice(FIRST_ENDS.split()), chance)


def pool(parts, size, seed):
    """Return `size` made names, always the same ones."""
    chance = random.Random(seed)
    return chance.sample(list(map("".join, product(*parts))), size)


# Ranks 301 to 6,000 of the family names; what is rarer still occurs once.
UNCOMMON = pool((STARTS.split(), MIDDLES.split(), ("l", "r", "n", "t", "d"), FAMILY_ENDS.split()), 5700, "family")
FAMILIES = Drawer(
    [*FAMILY[:300], *UNCOMMON],
    [
        235,
        *(105 * (rank / 2) ** -0.36 for rank in range(2, 301)),
        *(17 * (rank / 300) ** -0.85 for rank in range(301, 6001)),
    ],
    (27_000, rare_family),
)
FIRSTS = [
    Drawer(names[:150], [1.7 * rank**-0.33 for rank in range(1, len(names[:150]) + 1)], (45, rare_first))
    for names in (GIRLS, BOYS)
]


def family_name(chance):
    name = FAMILIES.draw(chance)
    return f"{name}-{FAMILIES.draw(chance)}" if chance.random() < 0.06 else name


def first_name(chance):
    drawer = chance.choice(FIRSTS)
    name = drawer.draw(chance)
    return f"{name}-{drawer.draw(chance)}" if chance.random() < 0.02 else name
